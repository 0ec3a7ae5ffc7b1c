"""The rows: read, checked, split and preprocessed. Everything in `training` above the recipes imports it."""
