"""The computation from a row to calibrated logits, in numpy or on a GPU in torch.

`predictor.model`, `training` and the settings of `app` import it; it imports the artefact and the schema.
"""
