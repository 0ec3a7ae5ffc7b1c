"""The effects of single columns: partial dependence of the model, and observed rates beside it.

`training.publication` and the figures of `training.evaluation` import it.
"""
