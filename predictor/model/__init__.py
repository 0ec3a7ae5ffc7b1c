"""A loaded model: rows in, predictions with labels, prediction sets and input warnings out.

`app`, `training` and the package's own `__init__` import it; it imports the engines and what is below them.
"""
