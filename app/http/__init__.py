"""HTTP: request bodies, queries, responses, errors and the OpenAPI document.

The packages above it in `app` may import it; `app.server` imports only its errors and problem documents.
"""
