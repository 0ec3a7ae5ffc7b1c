"""The recipes that this installation knows: one module a task, found by being in this folder."""

from importlib import import_module
from pkgutil import iter_modules

from training.recipe import RecipeBook


def find_books() -> dict[str, RecipeBook]:
    """Import every module of this folder and give its `BOOK` by the task's name, sorted."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    books: list[RecipeBook] = [module.BOOK for module in modules]
    return {book.task.name: book for book in sorted(books, key=lambda book: book.task.name)}
