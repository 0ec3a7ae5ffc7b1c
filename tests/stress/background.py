"""Work in a thread beside the measurement."""

from threading import Event, Thread

MAX_JOIN_SECONDS = 20


class Background:
    """A context manager that runs `work` in a thread; on exit it sets `stopped` and waits for the thread."""

    def __init__(self):
        self.stopped = Event()
        self.thread = Thread(target=self.work, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_error):
        self.stopped.set()
        self.thread.join(MAX_JOIN_SECONDS)
        assert not self.thread.is_alive(), f"the thread did not stop within {MAX_JOIN_SECONDS} s"

    def work(self):
        """Return soon after `stopped` is set."""
        raise NotImplementedError
