"""How much each part of the stress test does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """The amount of work of each part: the full profile is the promise, the short one finds regressions."""

    examples_per_operation: int = 200
    timeout_seconds: int = 10
    slow_rounds: int = 3
    terminations: int = 6
    requests_per_termination: int = 2_000
    kills: int = 20
    reloads: int = 100
    overload_seconds: float = 20
    interruptions: int = 20
    flipped_bits: int = 1_000
    truncations: int = 100
    warm_up_seconds: float = 30
    soak_seconds: float = 300
    timing_rounds: int = 1_500


FULL = Profile()
SHORT = Profile(
    examples_per_operation=5,
    timeout_seconds=4,
    terminations=2,
    requests_per_termination=500,
    kills=2,
    reloads=10,
    overload_seconds=5,
    interruptions=3,
    flipped_bits=100,
    truncations=20,
    warm_up_seconds=6,
    soak_seconds=8,
    timing_rounds=300,
)
