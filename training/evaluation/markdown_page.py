"""Pages that a command writes beside the models: documents with tables and figures."""

from pathlib import Path

from training.errors import TrainingError


def write_page(page: Path, text: str) -> None:
    """Write a page, its folder too; TrainingError where that cannot be done."""
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        raise cannot_write(page, error) from None


def check_writable(page: Path) -> None:
    """Raise TrainingError at once, not after minutes of work, where a page cannot be written."""
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        is_new = not page.exists()
        page.open("a", encoding="utf-8").close()
        if is_new:
            page.unlink()
    except OSError as error:
        raise cannot_write(page, error) from None


def cannot_write(page: Path, error: OSError) -> TrainingError:
    """Give the error that names the page."""
    return TrainingError(f"The page {page} could not be written: {error.strerror}.")
