"""The bounds of a number, wider than its values in the data."""

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from training.scaffold.limits import MAX_WHOLE


def widen(low: float, high: float, *, whole: bool) -> tuple[float, float]:
    """Widen a range by half of its width on each side, rounded; it does not newly contain both signs."""
    step = Decimal(1).scaleb(magnitude(high - low))
    margin = (Decimal(str(high)) - Decimal(str(low))) / 2
    lower = round_to(Decimal(str(low)) - margin, max(step, Decimal(1)) if whole else step, ROUND_FLOOR)
    upper = round_to(Decimal(str(high)) + margin, max(step, Decimal(1)) if whole else step, ROUND_CEILING)
    if low >= 0:
        lower = max(lower, 0)
    if high <= 0:
        upper = min(upper, 0)
    return (max(lower, -MAX_WHOLE), min(upper, MAX_WHOLE)) if whole else (lower, upper)


def magnitude(number: float) -> int:
    """Give the power of ten below a positive number."""
    return math.floor(math.log10(number))


def describe_range(low: float, high: float) -> str:
    """Write a range with four digits of its width, rounded outwards so that it has both numbers."""
    step = Decimal(1).scaleb(magnitude(high - low) - 3)
    # Adding zero turns -0.0 into 0.0.
    lower = round_to(Decimal(str(low)), step, ROUND_FLOOR) + 0.0
    upper = round_to(Decimal(str(high)), step, ROUND_CEILING) + 0.0
    return f"{lower:.15g} to {upper:.15g}"


def round_to(number: Decimal, step: Decimal, rounding: str) -> float:
    """Round a number to a multiple of a step."""
    return float((number / step).to_integral_value(rounding) * step)
