"""The query string, read strictly: unknown names, repeated names and numbers with underscores are refused."""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model
from starlette.requests import Request

from app.http.errors import InvalidRequest
from predictor.model.prediction_sets import DEFAULT_ERROR_RATE

Query = TypeVar("Query", bound=BaseModel)

MAX_NAMES = 20
MAX_POINT_NAME = 64


def _without_underscores(value: Any) -> Any:
    # pydantic reads "0_1" as 1, as Python does; such a text is more likely a mistake.
    return value.replace("_", "?") if isinstance(value, str) else value


RequestThreshold = Annotated[
    float, Field(ge=0, le=1, allow_inf_nan=False), BeforeValidator(_without_underscores)
]


ErrorRate = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False), BeforeValidator(_without_underscores)]


class PredictQuery(BaseModel):
    """How a client chooses the threshold of one request, and the error rate of its prediction sets."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    threshold: Annotated[
        RequestThreshold | None,
        Field(description="The threshold for this request, instead of the server's or the model's"),
    ] = None
    operating_point: Annotated[
        str | None,
        Field(
            max_length=MAX_POINT_NAME,
            description="One of the model's named thresholds, as `/models` lists them",
        ),
    ] = None
    error_rate: Annotated[
        ErrorRate,
        Field(description="In how many cases of each class `prediction_set` may miss that class"),
    ] = DEFAULT_ERROR_RATE


def predict_query_model(point_names: Callable[[], Iterable[str]]) -> type[PredictQuery]:
    """Describe the query of one task; the document lists its operating points as they are at that time."""

    def add_names(schema: dict[str, Any]) -> None:
        names = list(point_names())
        # A task without a model has none, and an empty list is not allowed here.
        if names:
            schema["enum"] = names

    description = PredictQuery.model_fields["operating_point"].description
    field = Field(None, description=description, max_length=MAX_POINT_NAME, json_schema_extra=add_names)
    return create_model("PredictQuery", __base__=PredictQuery, operating_point=(str | None, field))


class RatesQuery(BaseModel):
    """A threshold whose rates are requested besides those of the operating points."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    threshold: Annotated[
        RequestThreshold | None, Field(description="A threshold to give the rates of, too")
    ] = None


class FigureQuery(BaseModel):
    """The version that a figure must belong to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Annotated[
        int | None, Field(ge=1, description="Answers 404 unless this version of the model is served")
    ] = None


def parse_query(raw: bytes, model: type[Query]) -> Query:
    """Read a query string; InvalidRequest names each invalid parameter."""
    if not raw:
        # Most requests have no query.
        return _empty_query(model)  # type: ignore[return-value]
    pairs = _read_pairs(raw)
    try:
        return model.model_validate_strings(dict(pairs))
    except ValidationError as error:
        raise InvalidRequest.from_validation(error, "query") from None


@cache
def _empty_query(model: type[BaseModel]) -> BaseModel:
    return model()


async def check_query_names(request: Request) -> None:
    """Refuse a query that repeats a name; FastAPI would silently use the last value."""
    _read_pairs(request.scope["query_string"])


def _read_pairs(raw: bytes) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, max_num_fields=MAX_NAMES)
    except ValueError:
        raise InvalidRequest.at(("query",), f"There are more than {MAX_NAMES} names", "too_long") from None
    repeated = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
    if repeated:
        raise InvalidRequest.at(("query", repeated[0]), "The name is given more than once", "repeated")
    return pairs
