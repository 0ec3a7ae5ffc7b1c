"""How good a model is: cross-validation, baselines, diagnostics, operating points, intervals, figures.

`training.publication`, `training.lecture` and `training.commands` import it.
"""
