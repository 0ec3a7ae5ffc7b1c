"""What a run's report says about few test rows, and about a threshold that separates none of them."""

from predictor.artefact.records import Thresholds
from training.run import ScoredRows, TrainingResult

# With fewer test rows of a class, a single row changes its sensitivity by over ten percentage points.
MIN_TEST_ROWS = 10
MAX_LISTED = 5


def describe_test(result: TrainingResult, thresholds: Thresholds) -> str:
    """Give one line, which is empty where there is no test part or nothing to say."""
    if not result.test.labels_B.size:
        return ""
    sentences = [_describe_few(result)]
    if result.task.kind == "binary":
        sentences.append(_describe_threshold(result.test, result.task.classes, thresholds))
    return " ".join(filter(None, sentences))


def _describe_few(result: TrainingResult) -> str:
    counts = result.data.class_counts(result.splits.test)
    few = {name: count for name, count in counts.items() if count < MIN_TEST_ROWS}
    if not few:
        return ""
    (first, count), *others = list(few.items())[:MAX_LISTED]
    texts = [f"{count} test {'row is' if count == 1 else 'rows are'} {first}"]
    texts += [f"{number} {'is' if number == 1 else 'are'} {name}" for name, number in others]
    if len(few) > MAX_LISTED:
        texts.append(f"{len(few) - MAX_LISTED} more classes have as few")
    return f"Only {', '.join(texts)}: the test metrics vary widely."


def _describe_threshold(test: ScoredRows, classes: tuple[str, ...], thresholds: Thresholds) -> str:
    flagged = _count_flagged(test, thresholds.default)
    if 0 < flagged < len(test.labels_B):
        return ""
    which = "every" if flagged else "no"
    sentence = f"At the threshold {thresholds.default:.4g} {which} test row is labelled {classes[1]}"
    others = [
        f"`{name}`"
        for name, point in thresholds.operating_points.items()
        if 0 < _count_flagged(test, point.threshold) < len(test.labels_B)
    ]
    return f"{sentence}; {others[0]} has another." if others else f"{sentence}."


def _count_flagged(test: ScoredRows, threshold: float) -> int:
    (_, false_positives), (_, true_positives) = test.confusion(threshold)
    return false_positives + true_positives
