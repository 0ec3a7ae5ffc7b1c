"""The published pipeline stores statistics of columns, and no row of the data."""

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
from training.errors import TrainingError
from training.preprocessing.pipeline import refuse_stored_rows
from training.publication.publish import publish
from training.recipes.stroke import LECTURE as STROKE_LECTURE

MAX_BYTES = 64 << 10
PREPROCESSOR = "preprocessor.joblib"

# The fitted attributes that the pipeline may store. Check that an attribute holds no row before adding it.
FITTED = {
    *("n_features_in_", "feature_names_in_", "n_samples_seen_", "_sklearn_output_config"),
    *("_columns", "_remainder", "_transformer_to_input_indices"),
    *("transformers_", "output_indices_", "sparse_output_"),
    *("categories_", "drop_idx_", "_drop_idx_after_grouping", "_infrequent_enabled", "_n_features_outs"),
    *("statistics_", "indicator_", "_fit_dtype", "_fill_dtype"),
    *("mean_", "var_", "scale_", "min_", "data_min_", "data_max_", "data_range_"),
    *("low_", "high_"),  # the limits of each number
}


@pytest.fixture(scope="module")
def trained_lecture(made_up_csv):
    return quickly_trained(STROKE_LECTURE, read_data(made_up_csv, STROKE))


def fitted_attributes(value):
    """Give the name and value of every attribute of a pipeline's steps that is not a parameter."""
    if isinstance(value, BaseEstimator):
        for name, attribute in vars(value).items():
            if name not in value.get_params(deep=False):
                yield name, attribute
            yield from fitted_attributes(attribute)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from fitted_attributes(item)


def arrays_in(value):
    """Give the attribute if it is an array, or the arrays of a list."""
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, np.ndarray)]


@pytest.mark.parametrize("name", ["trained_iris", "trained_stroke", "trained_lecture"])
def test_a_published_pipeline_stores_the_listed_attributes_and_no_array_as_long_as_the_data(
    request, tmp_path, name
):
    result = request.getfixturevalue(name)
    file = publish(result, tmp_path) / PREPROCESSOR

    fitted = list(fitted_attributes(joblib.load(file)))

    assert {"n_features_in_", "statistics_"} <= {name for name, _ in fitted} <= FITTED
    sizes = [array.size for _, value in fitted for array in arrays_in(value)]
    assert 0 < max(sizes) < len(result.splits.train)
    assert file.stat().st_size <= MAX_BYTES


STORED_ROWS = {
    "a frame": lambda frame: frame,
    "a column": lambda frame: frame["age"],
    "an array": lambda frame: frame.to_numpy(),
    "ten rows": lambda frame: frame[:10],
    "records": lambda frame: {"rows": frame.to_dict("records")},
    "a list": lambda frame: frame["age"].tolist(),
    "bytes": lambda frame: frame.to_numpy().tobytes(),
    "a fitted step": lambda frame: KNNImputer().fit(frame),
}


@pytest.mark.parametrize("form", STORED_ROWS)
def test_a_pipeline_that_stores_rows_is_not_published(trained_stroke, tmp_path, form):
    frame = features_frame(trained_stroke.data.rows)[["age", "avg_glucose_level"]]
    preprocessor = copy.deepcopy(trained_stroke.preprocessor)
    preprocessor.named_transformers_["numbers"].named_steps["impute"].stored_ = STORED_ROWS[form](frame)
    leaking = dataclasses.replace(trained_stroke, preprocessor=preprocessor)

    with pytest.raises(TrainingError, match=r"stores \d+ entries in \w+\.\w+, more than 10 columns"):
        publish(leaking, tmp_path)

    assert contents(tmp_path) == {}


def test_statistics_of_many_columns_are_not_mistaken_for_rows():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(5, 300)))

    refuse_stored_rows(StandardScaler().fit(frame), 300)
    with pytest.raises(TrainingError, match=r"1500 entries in KNNImputer\._fit_X"):
        refuse_stored_rows(KNNImputer().fit(frame), 300)
