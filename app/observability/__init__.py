"""The request log, JSON logging and metrics. Every package of `app` may import it; it imports none."""
