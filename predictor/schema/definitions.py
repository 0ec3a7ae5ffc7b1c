"""Files that each define a task or its recipes, loaded one by one, so that a mistake costs one of them.

A source of such files is a folder or a package with the subfolders `tasks` and `recipes`.
"""

import os
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import distributions
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Generic, TypeVar

from pydantic import ValidationError

from predictor.schema.errors import DefinitionInvalid, UnknownSource, describe_errors

VARIABLE = "APP_TASKS"
# An installed package with tasks names itself in this group: `name = "the_package"`.
ENTRY_POINTS = "prediction_service.tasks"

T = TypeVar("T")


@dataclass
class Definitions(Generic[T]):
    """What the files define, by its name, and the mistakes of the others, by the name of the file."""

    valid: dict[str, T] = field(default_factory=dict)
    mistakes: dict[str, DefinitionInvalid] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)

    def add(self, name: str, definition: T, path: Path, line: int) -> None:
        """Add what a line of a file defines; DefinitionInvalid where another file defines the same name."""
        if name in self.valid:
            raise DefinitionInvalid(
                f"{path}, line {line}: {self.paths[name]} defines {name!r}, too; rename one of them."
            )
        self.valid[name], self.paths[name] = definition, path

    def add_mistake(self, path: Path, mistake: DefinitionInvalid) -> None:
        """Add the mistake of a file; the second of two files of one name goes by its path."""
        name = path.stem if path.stem not in self.mistakes else str(path)
        self.mistakes[name] = mistake


@dataclass(frozen=True)
class Source:
    """A folder with the subfolders `tasks` and `recipes`, and the packages that they are for Python.

    `mistake` is why an installed package has no such folder.
    """

    folder: Path
    module_names: dict[str, str]
    mistake: DefinitionInvalid | None = None

    def files(self, subfolder: str) -> list[tuple[Path, str]]:
        """Give the path and the module's name of each file, sorted."""
        paths = sorted((self.folder / subfolder).glob("*.py"))
        return [
            (path, f"{self.module_names[subfolder]}.{path.stem}")
            for path in paths
            if not path.stem.startswith("_")
        ]


def find_sources(names: Iterable[str], module_names: dict[str, str]) -> list[Source]:
    """Give the sources with these names, and the installed ones; UnknownSource where there is none of a name.

    A name is that of a folder, whose files are imported as if they lay in the packages of `module_names`, or
    that of a package.
    """
    sources = {}
    for name in names:
        folder = Path(name).absolute()
        sources[name] = Source(folder, module_names) if folder.is_dir() else _find_package(name)
    for name in _installed_packages(tuple(sys.path)):
        sources.setdefault(name, _find_installed_package(name))
    return list(sources.values())


def names_in_environment() -> list[str]:
    """Give the names of extra sources in APP_TASKS, which are separated by commas."""
    return [name.strip() for name in os.environ.get(VARIABLE, "").split(",") if name.strip()]


@cache
def _installed_packages(path: tuple[str, ...]) -> tuple[str, ...]:
    """Give the packages that the entry points name; `importlib.metadata.entry_points` takes longer."""
    found = [
        entry.value
        for distribution in distributions(path=list(path))
        if ENTRY_POINTS in (distribution.read_text("entry_points.txt") or "")
        for entry in distribution.entry_points.select(group=ENTRY_POINTS)
    ]
    return tuple(dict.fromkeys(found))


def _find_installed_package(name: str) -> Source:
    try:
        return _find_package(name)
    except UnknownSource:
        text = f"An installed package names {name!r} in its entry points {ENTRY_POINTS}, but Python cannot "
        return Source(Path(name), {}, DefinitionInvalid(text + "find it; install that package again."))


def _find_package(name: str) -> Source:
    try:
        spec = find_spec(name)
    except Exception:  # noqa: BLE001 (a parent package may raise any error)
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise UnknownSource(
            f"There is neither a folder nor a package {name!r}; name one that contains tasks/."
        )
    folder = Path(next(iter(spec.submodule_search_locations)))
    if not (folder / "tasks").is_dir():
        raise UnknownSource(f"The package {name!r} does not contain a folder tasks/; name one that does.")
    return Source(folder, {"tasks": f"{name}.tasks", "recipes": f"{name}.recipes"})


def load_definitions(
    sources: Iterable[Source], subfolder: str, variable: str, kind: type[T], name_of: Callable[[T], str]
) -> Definitions[T]:
    """Load every file and give its `variable`, which must be of the class `kind`, by name in sorted order."""
    found: Definitions[T] = Definitions()
    modules: dict[str, Path] = {}
    for source in sources:
        if source.mistake is not None:
            found.add_mistake(source.folder, source.mistake)
            continue
        for path, module_name in source.files(subfolder):
            try:
                _refuse_second_file(path, modules.setdefault(module_name, path))
                definition = _definition(_load(path, module_name), path, variable, kind)
                found.add(name_of(definition), definition, path, _line_of(variable, path))
            except DefinitionInvalid as error:
                found.add_mistake(path, error)
    found.valid = dict(sorted(found.valid.items()))
    return found


def _refuse_second_file(path: Path, first: Path) -> None:
    # Python would give every later import of the first file the module of the second.
    if first != path:
        raise DefinitionInvalid(f"{path}: {first} has the same name; rename one of them.")


def _load(path: Path, module_name: str) -> ModuleType:
    module = sys.modules.get(module_name)
    if module is not None and module.__file__ == str(path):
        return module
    try:
        package = import_module(module_name.rpartition(".")[0])
        if any(path.parent == Path(folder) for folder in package.__path__):
            return import_module(module_name)
        return _load_file(path, module_name)
    except (Exception, SystemExit) as error:  # noqa: BLE001 (a file may raise any error)
        raise _mistake(path, error) from None


def _load_file(path: Path, module_name: str) -> ModuleType:
    spec = spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"Python cannot import {path}")
    module = module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[module_name]
        raise
    return module


def _definition(module: ModuleType, path: Path, variable: str, kind: type[T]) -> T:
    definition = getattr(module, variable, None)
    if not isinstance(definition, kind):
        raise DefinitionInvalid(
            f"{path}, line {_line_of(variable, path)}: it defines no {variable}; end it with "
            f"`{variable} = {kind.__name__}(...)`."
        )
    return definition


def _line_of(variable: str, path: Path) -> int:
    """Give the line that sets a variable of a file, or else the last line."""
    lines = path.read_bytes().splitlines()
    setting = f"{variable} =".encode()
    return next((n for n, line in enumerate(lines, 1) if line.startswith(setting)), max(1, len(lines)))


def _mistake(path: Path, error: BaseException) -> DefinitionInvalid:
    """Describe an error in a file in one line, with the last line of the file that led to it."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    line = lines[-1] if lines else getattr(error, "lineno", None)
    where = f"{path}, line {line}" if line else str(path)
    return DefinitionInvalid(f"{where}: {_reason(error)}; correct the file.")


def _reason(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(describe_errors(error))
    text = " ".join((error.msg if isinstance(error, SyntaxError) else str(error)).split())
    is_ours = isinstance(error, TypeError | ValueError) and not isinstance(error, SyntaxError)
    return text if is_ours else f"{type(error).__name__}: {text}"
