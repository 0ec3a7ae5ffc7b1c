import json
from dataclasses import replace
from functools import cache
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from app.http.duplicate_keys import QuoteCount, find_duplicate_key, refuse_duplicate_keys
from app.http.errors import InvalidRequest
from app.http.request_body import batch_body_model
from predictor.schema.features import Features, number
from tests.support.mixed_task import MixedFeatures
from tests.support.payloads import TASKS, row_of


class TextFeatures(Features):
    """Categories with quotation marks, non-ASCII letters and defaults."""

    size: Annotated[float, number(0, 9, "m", "Size")]
    colour: Literal["red", "grün", 'dark "red"']
    shade: Literal["light", "dark"]
    shape: Literal["round", "flat"] = "flat"
    smell: Literal["sweet", "sour"] = "sweet"


ROWS: dict[type[Features], dict] = {task.features: row_of(name) for name, task in TASKS.items()}
ROWS[MixedFeatures] = MixedFeatures.example
ROWS[TextFeatures] = {"size": 1.5, "colour": "red", "shade": "dark", "shape": "round", "smell": "sour"}


@cache
def batch_model_of(features: type[Features]) -> type[BaseModel]:
    return batch_body_model(replace(TASKS["iris"], features=features), 10)


def is_refused(features: type[Features], body: bytes) -> bool:
    quotes = QuoteCount(features).of_row(features.model_validate_json(body))
    try:
        refuse_duplicate_keys(body, quotes)
    except InvalidRequest:
        return True
    return False


def with_escape(name: str, position: int) -> str:
    """Write a name as JSON with one of its characters as a Unicode escape."""
    at = position % len(name)
    return f'"{name[:at]}\\u{ord(name[at]):04x}{name[at + 1 :]}"'


@st.composite
def bodies(draw, features: type[Features]) -> bytes:
    """Write a row of `features` as JSON, with repeated names, escapes and white space."""
    row = ROWS[features]
    members = []
    for column in features.columns():
        values = st.none() | st.just(row[column.name]) if column.nullable else st.just(row[column.name])
        if features.model_fields[column.attribute].is_required() or draw(st.booleans()):
            members.append((column.name, draw(values)))
    repeated = st.tuples(
        st.sampled_from(list(row)),
        st.none() | st.integers(0, 9) | st.sampled_from(['"', ":", "\\", "a", "", 'x": 1, "y'])
        | st.lists(st.just("a")) | st.dictionaries(st.sampled_from("ab"), st.just("é")),
    )  # fmt: skip
    pairs = [*draw(st.lists(repeated, max_size=3)), *draw(st.permutations(members))]
    space = st.sampled_from(["", " ", "\n\t", "  "])
    written = []
    for name, value in pairs:
        key = with_escape(name, draw(st.integers(0, 9))) if draw(st.integers(0, 5)) == 0 else json.dumps(name)
        text = json.dumps(value, ensure_ascii=draw(st.booleans()))
        written.append("".join([draw(space), key, draw(space), ":", draw(space), text, draw(space)]))
    return f"{{{','.join(written)}}}".encode()


@pytest.mark.parametrize("features", ROWS)
def test_a_row_is_refused_exactly_where_a_name_is_repeated(features):
    @given(bodies(features))
    def check(body):
        try:
            features.model_validate_json(body)
        except ValidationError:
            # An optional field may have an invalid value only: such a row is refused before this check.
            return
        names = [name for name, _ in json.loads(body, object_pairs_hook=list)]
        assert is_refused(features, body) == (len(set(names)) < len(names))

    check()


@pytest.mark.parametrize("features", ROWS)
def test_a_batch_is_refused_exactly_where_a_name_is_repeated(features):
    model = batch_model_of(features)

    @given(st.lists(bodies(features), min_size=1, max_size=4))
    def check(rows):
        body = b'{"instances": [' + b", ".join(rows) + b"]}"
        try:
            instances = model.model_validate_json(body).instances  # type: ignore[attr-defined]
        except ValidationError:
            return
        quotes = QuoteCount(features).of_batch(instances)
        paths = [find_duplicate_key(row) for row in rows]
        first = next((("instances", index, *path) for index, path in enumerate(paths) if path), None)
        if first is None:
            refuse_duplicate_keys(body, quotes)
        else:
            with pytest.raises(InvalidRequest) as refused:
                refuse_duplicate_keys(body, quotes)
            assert refused.value.errors
            assert tuple(refused.value.errors[0].loc) == ("body", *first)

    check()


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"{}", None),
        (b"[]", None),
        (b'{"a": {"b": 1}, "c": {"b": 1}}', None),
        (b'{"a": 1, "b": 1, "a": 1}', ("a",)),
        (b'{"a": {"x": 1, "x": 1}, "a": 1}', ("a",)),
        (b'{"a": [1, {"b": 1, "\\u0062": 2}]}', ("a", 1, "b")),
        (b'{"a": NaN, "b": 1e400, "c": ' + b"9" * 6_000 + b"}", None),
    ],
)
def test_the_outermost_repeated_name_is_found(body, path):
    assert find_duplicate_key(body) == path


def test_the_error_names_the_repeated_field_and_no_value():
    with pytest.raises(InvalidRequest) as refused:
        refuse_duplicate_keys(b'{"age": 71.5, "age": 72.5}', 2)

    assert str(refused.value) == "body.age: The name is given more than once"
    assert refused.value.errors
    assert refused.value.errors[0].model_dump() == {
        "loc": ["body", "age"],
        "msg": "The name is given more than once",
        "type": "repeated",
    }
