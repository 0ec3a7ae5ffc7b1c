"""Access control: API keys, the rate limit, and which addresses may be open without a key.

`app.application`, `app.routes` and the commands import it.
"""
