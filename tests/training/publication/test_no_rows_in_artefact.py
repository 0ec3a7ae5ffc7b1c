"""The pipeline that is published beside a model holds what was learned of columns, and no row."""

import copy
import dataclasses

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.impute import KNNImputer
from sklearn.preprocessing import StandardScaler

from tests.support.training.made_up import STROKE
from tests.support.training.runs import contents, quickly_trained
from training.data.dataset import features_frame, read_data
from training.data.preprocessing import refuse_kept_rows
from training.errors import TrainingError
from training.publication.publish import publish
from training.recipes.stroke import LECTURE as STROKE_LECTURE

MOST_BYTES = 64 << 10
PREPROCESSOR = "preprocessor.joblib"

# What may be learned; whoever adds a step says here what it keeps, and that none of it is a row.
LEARNED = {
    *("n_features_in_", "feature_names_in_", "n_samples_seen_", "_sklearn_output_config"),
    *("_columns", "_remainder", "_transformer_to_input_indices"),
    *("transformers_", "output_indices_", "sparse_output_"),
    *("categories_", "drop_idx_", "_drop_idx_after_grouping", "_infrequent_enabled", "_n_features_outs"),
    *("statistics_", "indicator_", "_fit_dtype", "_fill_dtype"),
    *("mean_", "var_", "scale_", "min_", "data_min_", "data_max_", "data_range_"),
}


@pytest.fixture(scope="module")
def trained_lecture(made_up_csv):
    return quickly_trained(STROKE, STROKE_LECTURE, read_data(made_up_csv, STROKE))


def learned_by(value):
    """Give what every step of a pipeline keeps beside its parameters, by name."""
    if isinstance(value, BaseEstimator):
        for name, part in vars(value).items():
            if name not in value.get_params(deep=False):
                yield name, part
            yield from learned_by(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from learned_by(part)


def arrays_in(value):
    """Give the arrays of an attribute, or of the list that it is."""
    return [part for part in (value if isinstance(value, list) else [value]) if isinstance(part, np.ndarray)]


@pytest.mark.parametrize("name", ["trained_iris", "trained_stroke", "trained_lecture"])
def test_a_published_pipeline_keeps_what_is_listed_and_nothing_as_long_as_the_data(request, tmp_path, name):
    result = request.getfixturevalue(name)
    file = publish(result, tmp_path) / PREPROCESSOR

    learned = list(learned_by(joblib.load(file)))

    assert {"n_features_in_", "statistics_"} <= {name for name, _ in learned} <= LEARNED
    sizes = [array.size for _, value in learned for array in arrays_in(value)]
    assert 0 < max(sizes) < len(result.parts.train)
    assert file.stat().st_size <= MOST_BYTES


ROWS_LEFT = {
    "a frame": lambda frame: frame,
    "a column": lambda frame: frame["age"],
    "an array": lambda frame: frame.to_numpy(),
    "ten rows": lambda frame: frame[:10],
    "records": lambda frame: {"rows": frame.to_dict("records")},
    "a list": lambda frame: frame["age"].tolist(),
    "bytes": lambda frame: frame.to_numpy().tobytes(),
    "a fitted step": lambda frame: KNNImputer().fit(frame),
}


@pytest.mark.parametrize("what", ROWS_LEFT)
def test_a_pipeline_with_rows_left_in_it_is_not_published(trained_stroke, tmp_path, what):
    frame = features_frame(trained_stroke.data.rows)[["age", "avg_glucose_level"]]
    kept = copy.deepcopy(trained_stroke.preprocessor)
    kept.named_transformers_["numbers"].named_steps["impute"].left_ = ROWS_LEFT[what](frame)
    leaking = dataclasses.replace(trained_stroke, preprocessor=kept)

    with pytest.raises(TrainingError, match=r"keeps \d+ entries in \w+\.\w+, more than 10 columns"):
        publish(leaking, tmp_path)

    assert contents(tmp_path) == {}


def test_what_is_learned_of_many_columns_is_not_taken_for_rows():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(5, 300)))

    refuse_kept_rows(StandardScaler().fit(frame), 300)
    with pytest.raises(TrainingError, match=r"1500 entries in KNNImputer\._fit_X"):
        refuse_kept_rows(KNNImputer().fit(frame), 300)
