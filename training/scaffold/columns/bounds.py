"""The bounds of a number, wider than its values in the data."""

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from training.scaffold.limits import MAX_WHOLE


def widen(low: float, high: float, *, whole: bool) -> tuple[float, float]:
    """Widen a range by half of its width on each side, rounded; it does not newly contain both signs."""
    step = Decimal(1).scaleb(magnitude(high - low))
    margin = (Decimal(str(high)) - Decimal(str(low))) / 2
    lower = _round(Decimal(str(low)) - margin, max(step, Decimal(1)) if whole else step, ROUND_FLOOR)
    upper = _round(Decimal(str(high)) + margin, max(step, Decimal(1)) if whole else step, ROUND_CEILING)
    if low >= 0:
        lower = max(lower, 0)
    if high <= 0:
        upper = min(upper, 0)
    return (max(lower, -MAX_WHOLE), min(upper, MAX_WHOLE)) if whole else (lower, upper)


def magnitude(number: float) -> int:
    """Give the power of ten below a positive number."""
    return math.floor(math.log10(number))


def _round(number: Decimal, step: Decimal, rounding: str) -> float:
    return float((number / step).to_integral_value(rounding) * step)
