"""The mean answers on rows with a missing value: they show whether a model reads missingness.

Shapes: N rows of the data.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from predictor.artefact.weights import Array
from training.data.dataset import DataSet
from training.evaluation.folds.candidates import EVALUATED, without_column
from training.evaluation.folds.known_rows import Mask, find_missing
from training.evaluation.folds.processes import Scorer
from training.evaluation.folds.resampling import Folds
from training.recipe import Recipe

# A model reads missingness where its mean answer is this many times that without the column, or one over it.
MAX_RATIO = 1.15


@dataclass(frozen=True)
class MissingColumn:
    """The mean answers on the rows in which a column is missing."""

    column: str
    rows: int
    observed: float
    without_column: float
    answers: dict[str, float]

    def readers(self) -> list[str]:
        """Name the models whose mean answer is far from that without the column, the highest first."""
        far = {
            model: answer
            for model, answer in self.answers.items()
            if not 1 / MAX_RATIO <= answer / self.without_column <= MAX_RATIO
        }
        return sorted(far, key=lambda model: -far[model])


def score_missing(
    scorer: Scorer, recipe: Recipe, folds: Folds, answers_N1: Mapping[str, Array]
) -> list[MissingColumn]:
    """Give the mean answers for each column with missing values; each row is a test row of one fold."""
    data = scorer.data
    missing = find_missing(data)
    models = {name: without_column(recipe, data, name) for name in missing}
    trained = [model for model in models.values() if model is not None]
    scores = scorer.score("Without a column", trained, folds) if trained else {}
    found = []
    for name, missing_N in missing.items():
        model = models[name]
        without_N1 = (
            answers_N1[EVALUATED]
            if model is None
            else scores[model.name].each_row(len(folds), len(data.rows))
        )
        found.append(_describe(name, missing_N, data, without_N1, answers_N1))
    return found


def _describe(
    name: str, missing_N: Mask, data: DataSet, without_N1: Array, answers_N1: Mapping[str, Array]
) -> MissingColumn:
    return MissingColumn(
        column=name,
        rows=int(missing_N.sum()),
        observed=float(data.labels[missing_N].mean()),
        without_column=float(without_N1[missing_N].mean()),
        answers={model: float(of_model[missing_N].mean()) for model, of_model in answers_N1.items()},
    )
