"""GET /models/{task}/figures/{figure}: the figures of the model card, read when they are asked for."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from app.http.errors import FigureNotFound
from app.http.openapi import problems
from app.http.query_params import FigureQuery
from app.inference.services import Services
from predictor.artefact.card.model_card import figure_names
from predictor.artefact.reader import read_listed_file
from predictor.model.predictor import Predictor
from predictor.schema.errors import ArtefactCorrupt

SVG = "image/svg+xml"

FOLDER = "figures/"

HEADERS = {
    # A cache asks each time whether the figure is still the same, because a version may be trained again.
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}

RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The figure", "content": {SVG: {"schema": {"type": "string"}}}},
    304: {"description": "The figure is the one that `If-None-Match` names"},
}


def add_figure_route(router: APIRouter, services: Services, task_name: Any) -> None:
    """Add the route of the figures of a model card."""

    @router.get(
        "/{task}/figures/{figure}",
        operation_id="read_figure",
        response_class=Response,
        responses=problems(404, 503) | RESPONSES,
    )
    async def figure(
        task: Annotated[str, task_name],
        figure: Annotated[str, figure_parameter(services)],
        query: Annotated[FigureQuery, Query()],
        request: Request,
    ) -> Response:
        """Give one picture of the model card."""
        predictor = services[task].predictor
        if query.version not in {None, predictor.manifest.version}:
            raise FigureNotFound(f"Version {predictor.manifest.version} of {task} is served now.")
        known = request.headers.getlist("if-none-match")
        return await asyncio.to_thread(figure_response, predictor, FOLDER + figure, ",".join(known))


def figure_parameter(services: Services) -> Any:
    """Describe the figure in a path as one of those of the served models."""

    def add_names(schema: dict[str, Any]) -> None:
        manifests = [service.predictor.manifest for service in services.values()]
        names = {name.removeprefix(FOLDER) for manifest in manifests for name in figure_names(manifest)}
        # An empty list is not allowed here.
        if names:
            schema["enum"] = sorted(names)

    return Path(description="The name of a figure of this model's card", json_schema_extra=add_names)


def figure_response(predictor: Predictor, name: str, known: str) -> Response:
    """Give a figure, or 304 without a body if its digest is among the `known` entity tags."""
    if name not in figure_names(predictor.manifest):
        names = ", ".join(name.removeprefix(FOLDER) for name in figure_names(predictor.manifest)) or "none"
        raise FigureNotFound(f"The card of {predictor.manifest.task} has no such figure; there are: {names}.")
    tag = f'"{predictor.manifest.files[name].sha256}"'
    headers = HEADERS | {"ETag": tag}
    if {part.strip().removeprefix("W/") for part in known.split(",")} & {tag, "*"}:
        return Response(status_code=304, headers=headers)
    return Response(read_figure(predictor, name), media_type=SVG, headers=headers)


def read_figure(predictor: Predictor, name: str) -> bytes:
    """Read a figure whose size and digest are those of the manifest, or raise FigureNotFound."""
    try:
        return read_listed_file(predictor.folder, predictor.manifest, name)
    except ArtefactCorrupt:
        raise FigureNotFound(
            f"The file of this figure is missing or was changed; restore version "
            f"{predictor.manifest.version} of {predictor.manifest.task}, or train it again."
        ) from None
