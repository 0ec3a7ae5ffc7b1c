"""ASGI middleware, which every request passes before the router. Only `app.application` imports it."""
