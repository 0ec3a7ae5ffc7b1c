"""Markdown pages that a command writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from training.errors import TrainingError


def check_writable(page: Path) -> None:
    """Raise TrainingError where a page cannot be written, before minutes of work are lost."""
    with page_errors(page):
        page.parent.mkdir(parents=True, exist_ok=True)
        is_new = not page.exists()
        page.open("a", encoding="utf-8").close()
        if is_new:
            page.unlink()


@contextmanager
def page_errors(page: Path) -> Iterator[None]:
    """Turn an OSError into the TrainingError that names the page and the reason."""
    try:
        yield
    except OSError as error:
        raise TrainingError(f"The page {page} could not be written: {error.strerror}.") from None
