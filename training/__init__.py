"""How a model is learned and published. It imports `predictor`, and nothing imports it."""
