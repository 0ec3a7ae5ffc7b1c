"""The columns of a new table: kinds, bounds, and a made-up row.

`training.scaffold` and `training.commands` import it.
"""
