"""The computation from a row to calibrated logits, in numpy or on a GPU in torch.

The packages above it, `training` and the settings of `app` import it; it imports the artefact and the schema.
"""
