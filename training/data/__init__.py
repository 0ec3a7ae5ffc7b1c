"""The rows of a data file: reading, validation, splits, preprocessing.

In `training`, only `recipe` and `errors` do not import it.
"""
