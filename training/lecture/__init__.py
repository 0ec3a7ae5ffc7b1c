"""The experiments of the lecture, and the page that compares them. Only `training.commands` imports it."""
