"""RESULTS.md: one section a part; a run replaces the sections of the parts that it measured."""

from collections.abc import Mapping
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
HEAD = """# Results

Written by `make bench`; [README.md](README.md) says how each part is measured. Only ratios within a part mean
something: its contenders took turns in one run on one machine.
"""
SECTION = "\n## "


def write_results(found: Mapping[str, str], names: list[str], machine: str, path: Path = RESULTS) -> None:
    """Write the sections that were measured; keep the others as they are, all in the order of `names`."""
    sections = _read_sections(path) | {name: f"{text}\n\n{machine}\n" for name, text in found.items()}
    written = [f"{SECTION}{name}\n\n{sections[name].strip()}\n" for name in names if name in sections]
    path.write_text(HEAD + "".join(written), "utf-8")


def _read_sections(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    _, *sections = path.read_text("utf-8").split(SECTION)
    return {name.strip(): text for name, _, text in (section.partition("\n") for section in sections)}
