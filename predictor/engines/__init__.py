"""The computation from a row to calibrated logits, in numpy or on a GPU in torch.

`predictor.model` and `training` import it; it imports the artefact and the schema.
"""
