"""ASGI middleware for every request, before the router. `app.application` and `app.routes` import it."""
