"""The page of a comparison on folds: its tables, its sections and its summary.

`training.commands` imports it.
"""
