"""How good a model is: cross-validation, baselines, diagnostics, plots. Publication and commands import it."""
