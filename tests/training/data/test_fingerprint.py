"""The fingerprint of a data set depends on its rows, not on how the file writes them."""

import pytest

from tests.support.training.made_up import STROKE, csv_text, stroke_records, write_csv
from training.data.dataset import read_data


def as_crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def as_cr(text: str) -> bytes:
    return text.replace("\n", "\r").encode()


def with_byte_order_mark(text: str) -> bytes:
    return text.encode("utf-8-sig")


def with_rows_reversed(text: str) -> bytes:
    header, *lines = text.splitlines()
    return "\n".join([header, *reversed(lines)]).encode()


def with_blank_lines(text: str) -> bytes:
    return text.replace("\n", "\n\n").encode()


def with_leading_zeros(text: str) -> bytes:
    return text.replace(",1.08,", ",01.08,").replace(",77,", ",77.0,").encode()


def with_every_cell_quoted(text: str) -> bytes:
    lines = (",".join(f'"{cell}"' for cell in line.split(",")) for line in text.splitlines())
    return "\n".join(lines).encode()


def with_another_text_for_missing(text: str) -> bytes:
    return text.replace(",N/A,", ",,").encode()


@pytest.mark.parametrize(
    "rewrite",
    [
        as_crlf,
        as_cr,
        with_byte_order_mark,
        with_rows_reversed,
        with_blank_lines,
        with_leading_zeros,
        with_every_cell_quoted,
        with_another_text_for_missing,
    ],
)
def test_the_fingerprint_does_not_depend_on_how_the_rows_are_written(tmp_path, rewrite):
    text = csv_text(twenty_people())
    plain, other = tmp_path / "plain.csv", tmp_path / "other.csv"
    plain.write_text(text, newline="")
    other.write_bytes(rewrite(text))

    assert other.read_bytes() != plain.read_bytes()
    assert read_data(other, STROKE).fingerprint() == read_data(plain, STROKE).fingerprint()


@pytest.mark.parametrize(("column", "text"), [("age", "1.09"), ("bmi", "20.5"), ("stroke", "0")])
def test_the_fingerprint_changes_with_any_cell(tmp_path, column, text):
    records = twenty_people()
    before = read_data(write_csv(tmp_path / "before.csv", records), STROKE)
    records[-1][column] = text

    after = read_data(write_csv(tmp_path / "after.csv", records), STROKE)

    assert after.fingerprint() != before.fingerprint()


def twenty_people() -> list[dict[str, str]]:
    records = stroke_records(rows=20)
    for record in records:
        record["stroke"] = "0"
    records[0] |= {"age": "77", "stroke": "1"}
    records[-1] |= {"age": "1.08", "stroke": "1"}
    return records
