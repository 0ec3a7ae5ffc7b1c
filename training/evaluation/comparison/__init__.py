"""The comparison of trained models: their recipes, their metrics and their paired difference on test rows.

`training.commands` imports it.
"""
