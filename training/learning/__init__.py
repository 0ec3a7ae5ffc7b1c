"""How the network learns: network, losses, training loop, early stopping, calibration, metrics.

`training.run` and the packages above it import it.
"""
