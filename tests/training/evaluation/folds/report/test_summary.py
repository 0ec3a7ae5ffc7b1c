"""The sentences of the summary, from given figures."""

import pandas as pd

from training.evaluation.folds.missing_values import MissingColumn
from training.evaluation.folds.report.summary import summarise
from training.evaluation.folds.resampling import Resampling
from training.evaluation.folds.scores import Comparison

FOLDS = Resampling(splits=2, repeats=1)


def metrics(pr_auc: list[float], loss: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"pr_auc": pr_auc, "roc_auc": pr_auc, "loss": loss, "brier": loss})


def summary(**others: pd.DataFrame) -> str:
    compared = {"this recipe": metrics([0.2, 0.4], [0.1, 0.2]), **others}
    return summarise({"All rows": Comparison(FOLDS, compared)}, [])


def test_a_metric_names_the_models_that_are_better_and_the_nearest_that_is_worse():
    text = summary(
        better=metrics([0.3, 0.6], [0.2, 0.3]),
        worse=metrics([0.1, 0.29], [0.2, 0.4]),
        worst=metrics([0.0, 0.1], [0.3, 0.4]),
    )

    # The differences -.1 and -.2 have the deviation .0707, and the corrected standard error .0866.
    assert (
        "- average precision 0.3: better than 2 of the 3 other models, the nearest is worse (+0.1050, "
        in text
    )
    assert "- log loss 0.15: better than 3 of the 3 other models, the nearest is better (" in text
    assert "; worse than better (-0.1500, 1.7 corrected standard errors). " in text


def test_only_differences_of_two_standard_errors_are_called_clear():
    clear = summary(far=metrics([0.1, 0.3001], [0.2, 0.3]))
    unclear = summary(near=metrics([0.1, 0.39], [0.1, 0.29]))

    assert "The difference is at least 2 corrected standard errors to far." in clear
    assert "No difference reaches 2 corrected standard errors." in unclear
    assert "at least 2" not in unclear


def test_models_that_read_missingness_are_named_wherever_they_are():
    column = MissingColumn("bmi", 201, 0.2, 0.08, {"this recipe": 0.081, "trees": 0.14})
    compared = {
        "this recipe": metrics([0.2, 0.4], [0.1, 0.2]),
        "trees": metrics([0.3, 0.6], [0.2, 0.3]),
    }

    text = summarise({"All rows": Comparison(FOLDS, compared)}, [column])

    assert "worse than trees (-0.1500, 1.7 corrected standard errors; it reads missingness)" in text
    assert "bmi: the observed rate is 0.2; without the column this recipe answers 0.08 on average" in text
    assert text.endswith(": trees (0.14).")


def test_a_column_whose_missing_values_no_model_reads_is_named_too():
    text = summarise({}, [MissingColumn("bmi", 201, 0.2, 0.08, {"this recipe": 0.081})])

    assert "No model reads missingness" in text
