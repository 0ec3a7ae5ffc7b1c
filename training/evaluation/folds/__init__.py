"""The comparison of recipes and baselines that are trained on the same folds, and its page.

`training.commands` and its own package `report` import it.
"""
