"""How the network learns: network, losses, training loop, early stopping, calibration. `training.run` imports it."""
