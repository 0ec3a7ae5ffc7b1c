"""The saved form of a trained model: files, manifest, weights, checksum, signature and card.

`predictor.engines`, `predictor.model`, `training` and `app` import it; it imports `predictor.schema` alone.
"""
