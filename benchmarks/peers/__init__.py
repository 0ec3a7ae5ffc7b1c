"""The peers of this service: each module is a server or a training run, in its own environment."""
