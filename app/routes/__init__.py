"""The desk: what each path answers."""
