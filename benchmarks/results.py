"""RESULTS.md has one section for each part; a run replaces the sections of the parts that it measured."""

from collections.abc import Mapping
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
INTRODUCTION = """# Results

`make bench` writes this page; [README.md](README.md) describes how each part is measured. Compare only ratios
within one part: its servers were measured alternately, in one run on one machine.
"""
SECTION = "\n## "


def write_results(measured: Mapping[str, str], names: list[str], machine: str, path: Path = RESULTS) -> None:
    """Write the measured sections, in the order of `names`; the other sections stay as they are."""
    sections = _read_sections(path) | {name: f"{text}\n\n{machine}\n" for name, text in measured.items()}
    written = [f"{SECTION}{name}\n\n{sections[name].strip()}\n" for name in names if name in sections]
    path.write_text(INTRODUCTION + "".join(written), "utf-8")


def _read_sections(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    _, *sections = path.read_text("utf-8").split(SECTION)
    return {name.strip(): text for name, _, text in (section.partition("\n") for section in sections)}
