"""The code of a task file and of a recipe file, and the folders that they are written to.

`training.commands` imports it.
"""
