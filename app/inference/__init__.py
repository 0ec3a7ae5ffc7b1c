"""How a loaded model is asked: loading, versions, hot reload and batching.

`app.routes` and `app.application` import it.
"""
