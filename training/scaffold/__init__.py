"""A task file and a recipe file for a new table: its columns, its classes, and the texts of the files.

`training.commands` imports it.
"""
