"""Serving of models: loading, versions, hot reload and batching.

`app.routes` and `app.application` import it.
"""
