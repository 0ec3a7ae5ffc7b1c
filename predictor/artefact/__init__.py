"""The saved form of a trained model: files, manifest, weights, checksum, signature and card.

All packages above it, `training` and `app` import it; it imports `predictor.schema` alone.
"""
