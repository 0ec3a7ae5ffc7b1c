"""The application that `uvicorn app.main:app` and `python -m app` serve."""

from app.application import create_app
from app.settings import read_settings
from app.start import one_line_or_exit

with one_line_or_exit():
    app = create_app(read_settings())
