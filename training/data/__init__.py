"""The rows of a data file: reading, validation, splits.

In `training`, only `recipe` and `errors` do not import it.
"""
