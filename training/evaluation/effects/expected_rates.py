"""What one column says about the outcome alone, to which observed rates are adjusted.

Shapes: N rows, E events.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer

from predictor.artefact.weights import Array
from predictor.schema.column import Column, Value
from training.data.dataset import Labels

KNOTS = 5
# Up to this many different values, each has its own rate.
FEW_VALUES = 10
# So little regularisation matters only where the values separate the classes perfectly.
INVERSE_PENALTY = 100.0


def expect_rates(column: Column, values: Sequence[Value], labels_N: Labels) -> Array:
    """Give each row's probability of the outcome (N,) by this column alone, fitted to these rows.

    For a number with many values, by logistic regression on a cubic spline; else the rate of the rows with
    the same value. The probabilities add up to the number of events.
    """
    codes_N = np.unique(np.array(list(map(str, values))), return_inverse=True)[1]
    if not column.is_numeric or codes_N.max() < FEW_VALUES:
        return (np.bincount(codes_N, weights=labels_N) / np.bincount(codes_N))[codes_N]
    numbers_N1 = np.array(values, dtype=float)[:, None]
    knots = np.unique(np.quantile(numbers_N1, np.linspace(0, 1, KNOTS)))
    model = make_pipeline(
        SplineTransformer(knots=knots[:, None], include_bias=False),
        LogisticRegression(C=INVERSE_PENALTY, max_iter=1_000),
    )
    expected_N: Array = model.fit(numbers_N1, labels_N).predict_proba(numbers_N1)[:, 1]
    return expected_N
