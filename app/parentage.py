"""A worker whose parent is gone: it would hold the port and answer, and nobody could stop it."""

import multiprocessing
import os
import signal
import threading
import time

# So long an orphan may finish what it has taken in.
ORPHAN_SECONDS = 3


def is_worker() -> bool:
    """Say whether this process is one of several that another one started."""
    return multiprocessing.parent_process() is not None


def end_with_parent() -> None:
    """End this process when the one that started it ends, however that does.

    The parent holds one end of a pipe, and the system closes it. Does nothing in a process that is no
    worker.
    """
    if is_worker():
        threading.Thread(target=_end_after_parent, name="end with parent", daemon=True).start()


def _end_after_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(ORPHAN_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)
