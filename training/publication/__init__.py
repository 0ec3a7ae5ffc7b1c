"""From a training result to a published artefact, verified against the original. `training.commands` imports it."""
