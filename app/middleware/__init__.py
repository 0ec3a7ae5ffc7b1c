"""ASGI middleware that every request passes before the router. Only `app.application` and `app.routes` import it."""
