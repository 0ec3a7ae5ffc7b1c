"""How a loaded model is asked: loading, hot reload, batching. `app.application` and `app.routes` import it."""
