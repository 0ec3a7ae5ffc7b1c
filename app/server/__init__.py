"""uvicorn made safe: timeouts, limits on connections, graceful shutdown, several workers.

Only `app.__main__` imports it; it knows nothing of routes and models.
"""
