"""The model card as Markdown, and the tables that it and other pages consist of.

`training` and `app` import it; nothing else in `predictor.artefact` does.
"""
