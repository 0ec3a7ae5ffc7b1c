"""The model card over HTTP: Markdown, or a plain HTML page for a browser."""

import base64
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from starlette.responses import Response

from app.http.errors import FigureNotFound
from app.routes.figures import SVG, read_figure
from predictor.artefact.card.model_card import figure_names, write_card
from predictor.model.predictor import Predictor

MARKDOWN, HTML = "text/markdown", "text/html"

# The current versions of several tasks.
MAX_CACHED_CARDS = 8

WEIGHT = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?", re.ASCII)

VARY = {"Vary": "Accept"}
POLICY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'none'; base-uri 'none'"
}

CARD_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The model card",
        "content": {media: {"schema": {"type": "string"}} for media in (MARKDOWN, HTML)},
    }
}

PAGE = Path(__file__).parents[1] / "page" / "card.html"


def card_response(predictor: Predictor, accept: str) -> Response:
    """Give the card in the media type that the client prefers, by default Markdown."""
    if prefers_html(accept):
        return Response(page_of(predictor), media_type=HTML, headers=VARY | POLICY)
    return Response(card_of(predictor), media_type=MARKDOWN, headers=VARY)


@lru_cache(MAX_CACHED_CARDS)
def card_of(predictor: Predictor) -> str:
    """Give the card in Markdown, written once: writing it blocks the other requests."""
    version = predictor.manifest.version
    # With the version, a card never shows the figures of the version that replaces it.
    return write_card(predictor.manifest, predictor.task, figure_query=f"?version={version}")


@lru_cache(MAX_CACHED_CARDS)
def page_of(predictor: Predictor) -> str:
    """Give the card as a page, also written once."""
    template = Template(PAGE.read_text("utf-8"))
    body = render(write_card(predictor.manifest, predictor.task), figures_of(predictor))
    return template.substitute(title=escape(predictor.task.title), body=body)


def figures_of(predictor: Predictor) -> dict[str, str]:
    """Give the figures as data URLs, because an image of a page cannot send an API key."""
    figures = {}
    for name in figure_names(predictor.manifest):
        # A figure that cannot be read is left out: its text stays.
        with suppress(FigureNotFound):
            content = base64.b64encode(read_figure(predictor, name)).decode()
            figures[name] = f"data:{SVG};base64,{content}"
    return figures


def prefers_html(accept: str) -> bool:
    """Say whether an Accept header gives HTML a higher quality than Markdown (RFC 9110, 12.5.1)."""
    qualities = dict(_read_range(part) for part in accept.split(","))
    return _quality(HTML, qualities) > _quality(MARKDOWN, qualities)


def _read_range(part: str) -> tuple[str, float]:
    media, *parameters = (text.strip().lower() for text in part.split(";"))
    weight = next((text[2:] for text in parameters if text.startswith("q=")), "1")
    return media, float(weight) if WEIGHT.fullmatch(weight) else 0.0


def _quality(media: str, qualities: Mapping[str, float]) -> float:
    # The most specific range that fits is the one that counts.
    ranges = (media, media.partition("/")[0] + "/*", "*/*")
    return next((qualities[name] for name in ranges if name in qualities), 0.0)


def render(markdown: str, figures: Mapping[str, str]) -> str:
    """Turn the card into HTML; raw HTML in it stays text, and no image is shown but the figures."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 (needed for the page alone)

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("image", render_image)
    html: str = parser.render(markdown, {"figures": figures})
    return html


def render_image(_renderer: object, tokens: Sequence[Any], index: int, _options: object, env: Any) -> str:
    """Give the HTML of one figure, or its text where there is no picture."""
    token = tokens[index]
    text, source = escape(token.content), env["figures"].get(token.attrs["src"])
    if source is None:
        return f"<em>There is no picture of {text}.</em>"
    return f'<img src="{source}" alt="{text}">'
