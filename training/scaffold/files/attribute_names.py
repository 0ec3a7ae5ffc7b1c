"""The names of a task's columns in Python."""

import keyword
import re
import unicodedata
from collections.abc import Iterable

from predictor.schema.features import Features

# What a task file imports or uses inside its class, and what would hide a part of `Features`.
TAKEN = frozenset(
    {"Annotated", "ClassVar", "Literal", "Field", "Features", "Flag", "Value", "number", "Task", "TASK"}
    | {"float", "int", "str", "dict"}
    | {*keyword.kwlist, *dir(Features)}
)
# Of a name that is made from that of a column.
MAX_LENGTH = 40
IDENTIFIER = re.compile("[A-Za-z][A-Za-z0-9_]*")


def attribute_names(names: Iterable[str]) -> dict[str, str]:
    """Give each column's attribute: its name where Python allows it, else a similar one."""
    names = list(names)
    found = {name: name for name in names if IDENTIFIER.fullmatch(name) and name not in TAKEN}
    taken = {*TAKEN, *found.values()}
    for position, name in enumerate(names, 1):
        if name not in found:
            found[name] = choose_name(_similar(name) or f"column_{position}", taken)
    return {name: found[name] for name in names}


def choose_name(wanted: str, taken: set[str]) -> str:
    """Give the name, with a suffix where it is taken, and add it to those that are taken."""
    candidates = [wanted, f"{wanted}_", *(f"{wanted}_{number}" for number in range(2, len(taken) + 2))]
    name = next(candidate for candidate in candidates if candidate not in taken)
    taken.add(name)
    return name


def _similar(name: str) -> str:
    letters = [letter for letter in unicodedata.normalize("NFKD", name.casefold()) if not _is_accent(letter)]
    similar = re.sub("[^a-z0-9]+", "_", "".join(letters))[:MAX_LENGTH].strip("_")
    return f"column_{similar}" if similar[:1].isdigit() else similar


def _is_accent(letter: str) -> bool:
    return unicodedata.combining(letter) > 0
