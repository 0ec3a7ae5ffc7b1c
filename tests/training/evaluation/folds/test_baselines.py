"""The baselines: their settings, and a package that is not installed."""

import sys

import pytest

from training.errors import UsageError
from training.evaluation.folds.baselines import BOOSTED, LOGISTIC


@pytest.mark.parametrize("baseline", BOOSTED, ids=lambda baseline: baseline.name)
def test_a_boosted_baseline_has_its_settings_and_one_thread(baseline):
    parameters = baseline.build().get_params()

    assert baseline.settings.items() <= parameters.items()
    assert 1 in {baseline.technical.get("n_jobs"), baseline.technical.get("thread_count")}


def test_catboost_writes_no_files():
    (catboost,) = [baseline for baseline in BOOSTED if baseline.name == "CatBoost"]

    assert catboost.build().get_params()["allow_writing_files"] is False


def test_a_missing_package_is_named_with_what_to_do(monkeypatch):
    # None makes an import fail.
    monkeypatch.setitem(sys.modules, "interpret", None)
    monkeypatch.setitem(sys.modules, "interpret.glassbox", None)

    with pytest.raises(UsageError, match=r"needs the package interpret; .*`make install`.*--quick"):
        BOOSTED[-1].build()
    assert LOGISTIC.build().get_params()["max_iter"] == 1000
