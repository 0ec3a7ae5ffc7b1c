"""The routes: what each path answers. Only `app.application` imports them."""
