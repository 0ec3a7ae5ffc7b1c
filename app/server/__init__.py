"""uvicorn with timeouts, connection limits, a graceful shutdown and a supervisor for several workers.

Only `app.__main__` imports it; it imports neither routes nor models.
"""
