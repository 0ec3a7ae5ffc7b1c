"""The journal: one note a request, written up a moment later by whoever wants to know of it.

Taking a note costs a tuple; logs and metrics are written many at a time, off the way of a request.
"""

from asyncio import AbstractEventLoop, get_running_loop
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

# Under this name the server finds the application's journal in the state that requests carry.
JOURNAL = "journal"

WRITE_UP_SECONDS = 0.1
MOST_NOTES = 100


class Note(NamedTuple):
    """One request, answered; `ended` is in seconds since 1970, `route` None where no route was found.

    `method` is None where what was sent was no whole request. `model` and `version` say which model
    answered, if one did.
    """

    ended: float
    request_id: str
    method: str | None
    route: str | None
    status: int
    seconds: float
    model: str | None
    version: int | None


Reader = Callable[[Sequence[Note]], None]


class Journal:
    """Keeps notes for its readers, for a tenth of a second."""

    def __init__(self, readers: Sequence[Reader]) -> None:
        self._readers = readers
        self._notes: list[Note] = []
        self._due_on: AbstractEventLoop | None = None

    def take(self, note: Note) -> None:
        """Keep a note; it is read soon."""
        self._notes.append(note)
        if len(self._notes) >= MOST_NOTES:
            self.write_up()
        loop = get_running_loop()
        if self._due_on is not loop:
            self._due_on = loop
            loop.call_later(WRITE_UP_SECONDS, self._write_up_when_due)

    def write_up(self) -> None:
        """Have all notes read now."""
        notes, self._notes = self._notes, []
        for read in self._readers:
            # Nobody may have to do without an answer, or another reader without its notes, for a full disk.
            with suppress(OSError):
                read(notes)

    def _write_up_when_due(self) -> None:
        self._due_on = None
        self.write_up()
