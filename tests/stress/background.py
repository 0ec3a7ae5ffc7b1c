"""Work that goes on beside what is measured."""

from threading import Event, Thread

LONGEST_WAIT_SECONDS = 20


class Background:
    """Does its `work` in a thread as long as it is entered; when it is left, `ended` says so to the work."""

    def __init__(self):
        self.ended = Event()
        self.thread = Thread(target=self.work, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_trouble):
        self.ended.set()
        self.thread.join(LONGEST_WAIT_SECONDS)
        assert not self.thread.is_alive(), "it waits for ever"

    def work(self):
        """Do it, and look at `ended` often."""
        raise NotImplementedError
