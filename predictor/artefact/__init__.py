"""The saved form of a trained model: files, manifest, weights, checksum, signature and card.

Engines, models, `training` and `app` import it; it imports `predictor.schema` alone.
"""
