"""The figure of the effects: one panel a column."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from predictor.artefact.effects import Effect, ObservedRate
from training.evaluation.figure import fit_name, legend_inches, open_figure, place_legend

BAND: Any = {"alpha": 0.18, "linewidth": 0}
POINTS: Any = {"linestyle": "", "marker": "o", "color": "#555555", "markersize": 3, "elinewidth": 0.8}
# Levels that fit below a panel; the figure leaves out the names of more.
MAX_LEVELS = 12
# Levels with longer names, or more of them, are written upright.
FEW_LEVELS, SHORT_LEVEL = 4, 6
LEVEL_WIDTH = 14
# The points of observed rates stand beside those of the model.
SHIFT = 0.15
ROOM_ABOVE = 1.06
# The upper end of an axis, where every probability is 0.
SMALLEST = 1e-6

# Where an observed rate stands, the rate, and the ends of its interval.
Point = tuple[float, float, float, float]


def draw_effects(effects: Sequence[Effect], rates: Sequence[ObservedRate], path: Path) -> None:
    """Draw the partial dependence on each column with its band, and the observed rates of a binary task."""
    by_column = {name: list(found) for name, found in groupby(effects, key=lambda effect: effect.column)}
    names = [fit_name(effect.outcome) for effect in next(iter(by_column.values()))]
    below = legend_inches(names) if len(names) > 1 else 0.35
    with open_figure(path, panels=len(by_column), width=3.2, height=2.7, below=below) as panels:
        for axes, (column, found) in zip(panels, by_column.items(), strict=True):
            _draw_panel(axes, found, [rate for rate in rates if rate.column == column])
            axes.set(title=fit_name(column), ylabel="probability")
        if len(names) > 1:
            place_legend(panels[0], names)
        else:
            _explain(panels, rates)


def _draw_panel(axes: Axes, effects: Sequence[Effect], rates: Sequence[ObservedRate]) -> None:
    draw = _draw_curve if isinstance(effects[0].values[0], float) else _draw_levels
    for index, effect in enumerate(effects):
        draw(axes, effect, f"C{index}")
    points = list(_points(effects[0], rates))
    if points:
        places, middles, lows, highs = zip(*points, strict=True)
        # Rounded limits may lie beyond the rate.
        bars = [np.subtract(middles, lows).clip(0), np.subtract(highs, middles).clip(0)]
        axes.errorbar(places, middles, yerr=bars, **POINTS)
    highest = [*(max(effect.high + effect.mean) for effect in effects), *(high for *_, high in points)]
    axes.locator_params(axis="y", nbins=5)
    axes.set_ylim(0, ROOM_ABOVE * max(*highest, SMALLEST))


def _points(effect: Effect, rates: Sequence[ObservedRate]) -> Iterator[Point]:
    for rate in rates:
        value, interval = _best_rate(rate)
        # A level that no training row has is not among the model's.
        has_place = rate.at is not None or rate.values in effect.values
        if value is not None and interval is not None and has_place:
            place = effect.values.index(rate.values) + SHIFT if rate.at is None else rate.at
            yield place, value, *interval


def _best_rate(rate: ObservedRate) -> tuple[float | None, tuple[float, float] | None]:
    """Give the adjusted rate of an adjusted column, which a group may lack, and else the plain one."""
    return (rate.adjusted, rate.adjusted_interval) if rate.adjusted_for else (rate.rate, rate.interval)


def _draw_curve(axes: Axes, effect: Effect, color: str) -> None:
    numbers = [float(value) for value in effect.values]
    axes.fill_between(numbers, effect.low, effect.high, color=color, **BAND)
    marker = "o" if len(numbers) == 1 else None
    axes.plot(numbers, effect.mean, color=color, marker=marker, label=fit_name(effect.outcome))


def _draw_levels(axes: Axes, effect: Effect, color: str) -> None:
    places = range(len(effect.values))
    axes.vlines(places, effect.low, effect.high, color=color, alpha=0.35, linewidth=5)
    axes.plot(places, effect.mean, color=color, marker="s", markersize=4, linestyle="", label=effect.outcome)
    names = [fit_name(str(value), LEVEL_WIDTH, lines=1) for value in effect.values]
    is_short = len(names) <= FEW_LEVELS and max(map(len, names)) <= SHORT_LEVEL
    axes.set_xticks(places if len(names) <= MAX_LEVELS else [], names if len(names) <= MAX_LEVELS else [])
    axes.tick_params(axis="x", rotation=0 if is_short else 90)
    axes.set_xlim(-0.5, len(names) - 0.5)
    if len(names) > MAX_LEVELS:
        axes.set_xlabel(f"{len(names)} levels")


def _explain(panels: Sequence[Axes], rates: Sequence[ObservedRate]) -> None:
    """Say below the panels what lines and points are."""
    other = next((rate.adjusted_for for rate in rates if rate.adjusted_for), None)
    adjusted = f", adjusted for {fit_name(other, lines=1)} in the other panels" if other else ""
    points = f"; points: observed rate{adjusted}, with 95 % interval" if rates else ""
    figure = panels[0].get_figure(root=True)
    if figure is not None:
        figure.supxlabel(f"line: mean answer; band: its networks{points}", fontsize=9)
