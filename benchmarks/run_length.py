"""The length of a run: quick, standard or full."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class RunLength:
    """The numbers that bound a run; parts with many comparisons use the fields that start with `many_`."""

    rounds: int = 5
    seconds: int = 3
    many_rounds: int = 4
    many_seconds: int = 2
    starts: int = 5
    requests_before_memory: int = 100_000
    pipeline_requests_before_memory: int = 2_000
    memory_seconds: int = 90
    epochs_here: int = 20
    epochs_keras: int = 4

    def for_many_comparisons(self) -> "RunLength":
        """Return a copy with the shorter rounds of a part that compares many servers."""
        return replace(self, rounds=self.many_rounds, seconds=self.many_seconds)


RUN_LENGTHS = {
    "quick": RunLength(
        rounds=1,
        seconds=1,
        many_rounds=1,
        many_seconds=1,
        starts=1,
        requests_before_memory=2_000,
        pipeline_requests_before_memory=200,
    ),
    "standard": RunLength(),
    "full": RunLength(
        rounds=9,
        seconds=5,
        many_rounds=9,
        many_seconds=5,
        starts=9,
        pipeline_requests_before_memory=100_000,
        memory_seconds=1_200,
        epochs_keras=10,
    ),
}
