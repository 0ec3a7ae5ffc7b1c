"""Markdown pages that a command writes."""

from pathlib import Path

from training.errors import TrainingError


def write_page(page: Path, text: str) -> None:
    """Write a page and create its folder; TrainingError where that fails."""
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        raise page_error(page, error) from None


def check_writable(page: Path) -> None:
    """Raise TrainingError where a page cannot be written, before minutes of work are lost."""
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        is_new = not page.exists()
        page.open("a", encoding="utf-8").close()
        if is_new:
            page.unlink()
    except OSError as error:
        raise page_error(page, error) from None


def page_error(page: Path, error: OSError) -> TrainingError:
    """Give the error that names the page and the reason."""
    return TrainingError(f"The page {page} could not be written: {error.strerror}.")
