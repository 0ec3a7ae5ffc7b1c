"""The commands of `python -m training`. Only `training.__main__` imports them."""
