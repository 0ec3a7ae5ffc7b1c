"""What all figures share: their style, panels, names that fit, and legends outside crowded axes."""

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler

COLORS = ["#0b6e99", "#d1495b", "#edae49", *mpl.color_sequences["Dark2"][:7]]
STYLE: Any = {
    "svg.hashsalt": "training",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.edgecolor": "#222222",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    # Every line of up to 40 looks different.
    "axes.prop_cycle": cycler(linestyle=["-", "--", "-.", ":"]) * cycler(color=COLORS),
    "legend.frameon": False,
    "lines.linewidth": 1.4,
}
REFERENCE: Any = {"color": "#b8b8b8", "linestyle": ":"}

PANELS_IN_A_ROW = 4
# Characters in a line of a name, and names that fit into the axes.
NAME_WIDTH = 24
NAMES_INSIDE = 4
LINE_INCHES = 0.15


@contextmanager
def open_figure(
    path: Path, panels: int, width: float = 3.6, height: float = 3.0, below: float = 0.0
) -> Iterator[list[Axes]]:
    """Give the axes of panels, at most four in a row, each of this size in inches; at the end write the file.

    `below` is the height of the room for a legend below the panels.
    """
    columns = min(panels, PANELS_IN_A_ROW)
    rows = -(-panels // columns)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width * columns, height * rows + below), layout="constrained")
        axes = list(figure.subplots(rows, columns, squeeze=False).flat)
        for unused in axes[panels:]:
            unused.remove()
        yield axes[:panels]
        # Without the date, which would change the bytes.
        figure.savefig(path, format="svg", metadata={"Date": None})


def fit_name(name: str, width: int = NAME_WIDTH, lines: int = 2) -> str:
    """Break a name into lines; one that needs more lines ends in an ellipsis."""
    # Names such as one_two have no blank to break at.
    parts = textwrap.wrap(name.replace("_", "_\u200b"), width) if " " in name else textwrap.wrap(name, width)
    parts = [part.replace("\u200b", "") for part in parts]
    if len(parts) > lines:
        parts = [*parts[: lines - 1], f"{parts[lines - 1][: width - 1]}…"]
    return "\n".join(parts)


def legend_inches(names: Sequence[str]) -> float:
    """Give the height of the room that `place_legend` needs below the panels."""
    if _fit_inside(names):
        return 0.0
    rows = -(-len(names) // _legend_columns(names))
    lines = max(fit_name(name).count("\n") + 1 for name in names)
    return 0.2 + rows * (lines * LINE_INCHES + 0.05)


def place_legend(axes: Axes, names: Sequence[str]) -> None:
    """Name the lines of the axes: inside them where the names fit, else below the panels."""
    if _fit_inside(names):
        axes.legend()
        return
    figure = axes.get_figure(root=True)
    if figure is not None:
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=_legend_columns(names))


def _fit_inside(names: Sequence[str]) -> bool:
    return len(names) <= NAMES_INSIDE and max(map(len, names)) <= NAME_WIDTH


def _legend_columns(names: Sequence[str]) -> int:
    return 2 if max(map(len, names)) > NAME_WIDTH // 2 else 3
