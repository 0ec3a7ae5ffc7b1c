"""From a training result to a published artefact, compared with the original; signatures.

Only `training.commands` imports it.
"""
