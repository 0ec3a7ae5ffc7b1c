"""HTTP as this service speaks it: request bodies, queries, responses, errors and the OpenAPI document.

Every package of `app` above it may import it; `app.server.graceful_shutdown.graceful_shutdown` uses its errors alone.
"""
