"""A loaded model: predictions, thresholds, prediction sets and input warnings. `app` and `training` import it."""
