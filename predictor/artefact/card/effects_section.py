"""The sections of the card on the effects of single columns and on observed rates."""

from collections.abc import Sequence

from predictor.artefact.card.markdown_table import Cell, format_cell, table
from predictor.artefact.effects import Effect, ObservedRate
from predictor.artefact.manifest import Manifest

# Columns whose observed rates stand in a table; the figure shows more.
TABLE_COLUMNS = 6
# A category with more levels is described by their number.
MAX_LEVELS = 4
# A probability near 0 makes any factor large.
LARGE_FACTOR = 1_000

ADJUSTMENT = (
    " The rates of columns other than {other} are also adjusted for it (indirect standardisation): the "
    "observed events, divided by those that {other} alone leads to expect, times the rate of all these rows. "
    "Where the adjusted rates of a column agree within their intervals, these rows do not show that it says "
    "more than {other}. With fewer than 5 expected events, there is no adjusted rate."
)

NO_ADJUSTMENT = (
    " They are not adjusted for other columns, which may change along with this one, so they need not follow "
    "the mean answers."
)


def describe_effects(manifest: Manifest) -> dict[str, str]:
    """Give the texts and tables of both sections by their name in the card's text."""
    effects, rates = manifest.effects, _first_columns(manifest.observed_rates)
    other = format_cell(next((rate.adjusted_for for rate in rates if rate.adjusted_for), ""))
    return {
        "effects": _shapes(effects),
        "effects_shown": _shown(manifest),
        "effects_rows": f"{effects[0].rows if effects else 0} {_source(manifest)} rows",
        "observed_rates": _observed(rates, other),
        "adjustment": (ADJUSTMENT.format(other=other) if other else NO_ADJUSTMENT)
        + _limit(manifest.observed_rates),
    }


def _first_columns(rates: Sequence[ObservedRate]) -> list[ObservedRate]:
    columns = list(dict.fromkeys(rate.column for rate in rates))[:TABLE_COLUMNS]
    return [rate for rate in rates if rate.column in columns]


def _limit(rates: Sequence[ObservedRate]) -> str:
    if len({rate.column for rate in rates}) <= TABLE_COLUMNS:
        return ""
    return f" The table has the {TABLE_COLUMNS} most important columns; the figure has more."


def _source(manifest: Manifest) -> str:
    return "held-out" if manifest.data.validation else "training"


def _shown(manifest: Manifest) -> str:
    """Say which columns and classes have no effects here, if any has none."""
    columns = {effect.column for effect in manifest.effects}
    used = sum(feature.used for feature in manifest.features)
    by_importance = "most important" if manifest.importance else "first"
    text = f"; for the {len(columns)} {by_importance} of {used} columns" if len(columns) < used else ""
    classes = len({effect.outcome for effect in manifest.effects})
    if manifest.kind == "multiclass" and classes < len(manifest.classes):
        text += f", and for the {classes} most frequent of {len(manifest.classes)} classes"
    return text


def _shapes(effects: Sequence[Effect]) -> str:
    has_classes = len({effect.outcome for effect in effects}) > 1
    rows: list[list[Cell]] = []
    for effect in effects:
        lowest, highest = (effect.mean.index(choose(effect.mean)) for choose in (min, max))
        shape = [_values(effect), _answer(effect, lowest), _answer(effect, highest)]
        factors = [_factor(effect.median_factor), _factor(effect.high_factor), _percent(effect.falls)]
        rows.append([effect.column, *([effect.outcome] if has_classes else []), *shape, *factors])
    headings = ["values", "lowest mean answer", "highest mean answer", "median factor"]
    headings += ["98th percentile of the factor", "rows with a fall"]
    return table(["column", *(["class"] if has_classes else []), *headings], rows)


def _values(effect: Effect) -> str:
    first, *_, last = effect.values * 2
    if isinstance(first, float):
        return f"{format_value(first)} to {format_value(last)}"
    if len(effect.values) > MAX_LEVELS:
        return f"{len(effect.values)} levels"
    return ", ".join(map(str, effect.values))


def _answer(effect: Effect, index: int) -> str:
    low, high = format_cell(effect.low[index]), format_cell(effect.high[index])
    return f"{format_cell(effect.mean[index])} [{low}, {high}] at {format_value(effect.values[index])}"


def format_value(value: float | str) -> str:
    """Write a value of a column."""
    return value if isinstance(value, str) else f"{value:.7g}"


def _factor(factor: float) -> str:
    return f"over {LARGE_FACTOR}" if factor > LARGE_FACTOR else f"{factor:.2f}"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.3g} %"


def _observed(rates: Sequence[ObservedRate], other: str) -> str:
    headings = ["column", "values", "rows", "events", "rate"]
    adjusted = [f"events expected by {other} alone", f"rate adjusted for {other}"]
    rows = [_observed_row(rate, is_adjusted=bool(other)) for rate in rates]
    return table([*headings, *(adjusted if other else [])], rows)


def _observed_row(rate: ObservedRate, *, is_adjusted: bool) -> list[Cell]:
    plain: list[Cell] = [rate.column, rate.values, rate.rows, rate.events, _rate(rate.rate, rate.interval)]
    if not is_adjusted:
        return plain
    expected = "" if rate.expected is None else f"{rate.expected:.1f}"
    return [*plain, expected, _rate(rate.adjusted, rate.adjusted_interval)]


def _rate(rate: float | None, interval: tuple[float, float] | None) -> str:
    if rate is None or interval is None:
        return ""
    return f"{format_cell(rate)} [{format_cell(interval[0])}, {format_cell(interval[1])}]"
