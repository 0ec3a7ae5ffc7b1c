"""How a model is learned: data, preprocessing, network, calibration, evaluation, publication."""
