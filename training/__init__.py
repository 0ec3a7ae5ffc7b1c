"""How a model is learned: data, preprocessing, network, loop, calibration, report."""
