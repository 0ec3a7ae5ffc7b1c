"""Hostile request bodies for one task, each with the allowed statuses.

The test suite and the stress test send them.
"""

import json
from collections.abc import Iterator
from dataclasses import replace

from predictor.schema.column import Column
from tests.support.payloads import TASKS, row_of, with_raw, without
from tests.support.requests.hostile_body import NUMBER, TEXT, HostileBody
from tests.support.requests.raw_post import CANARY, INVALID, OK


def hostile_bodies(task: str) -> list[HostileBody]:
    """Give every body for one task, each with a unique name."""
    row = json.dumps(row_of(task)).encode()
    columns = TASKS[task].features.columns()
    fields = [case for column in columns for case in values(task, column)]
    singles = [*documents(row), *names(task, row), *duplicates(row, columns[0].name), *fields]
    many = [replace(case, is_batch=True, name=f"batch, {case.name}") for case in batches(task, row)]
    return [replace(case, name=f"{task}: {case.name}") for case in [*singles, *many]]


def documents(row: bytes) -> Iterator[HostileBody]:
    """Give bodies that are not JSON, and JSON that is not a row."""
    canary = TEXT.encode()
    wrong = [
        b"",
        b" ",
        b"null",
        b"true",
        b"[]",
        b"{}",
        b"5",
        NUMBER,
        canary,
        b"[" + row + b"]",
        b'"' + CANARY,
    ]
    wrong += [b"{" + canary, b"{" + canary + b":", row[:-1], row[1:], row[:-1] + b",}", row + row, row + b"x"]
    wrong += [row + b"\x00", b"\x00" + row, row + b"//" + CANARY, b"/*" + CANARY + b"*/" + row, b"\x0c" + row]
    wrong += [
        row.replace(b'"', b"'"),
        row.replace(b":", b"="),
        row.replace(b",", b";"),
        row.replace(b'"', b""),
    ]
    wrong += [
        b"\xef\xbb\xbf" + row,
        b"\xff" + row,
        row + b"\xc3",
        "\u00a0".encode() + row,
        b"\x1f\x8b\x08" + row,
    ]
    wrong += [row.decode().encode(code) for code in ("utf-16", "utf-16-le", "utf-16-be", "utf-32")]
    wrong += [b"<row>" + CANARY + b"</row>", b"a=" + CANARY, b"NaN", b"Infinity", b"--\r\n" + CANARY, b"%00"]
    for depth in (100, 900, 100_000):
        wrong += [b"[" * depth, b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth]
    for number, content in enumerate(wrong):
        yield HostileBody(f"document {number}, {content[:10]!r}", content)
    spaced = row.replace(b":", b" \n\t:\r\n ").replace(b",", b" ,\n")
    yield HostileBody("white space", b" \r\n\t" + spaced + b"\n" * 1_000, OK)


def names(task: str, row: bytes) -> Iterator[HostileBody]:
    """Give rows with unknown names and without known ones."""
    unusual = [
        "",
        " ",
        "__proto__",
        "__class__",
        "instances",
        "a" * 100_000,
        "\x00",
        "\x1b[31m",
        "a\nb",
        "\u202e",
        "é" * 80,
    ]
    unusual += ["🙂" * 70, "${jndi:ldap://x}", "<script>", "'; DROP TABLE", "%s%n", "{0}", "../../etc/passwd"]
    for name in unusual:
        more = b", " + json.dumps(name).encode() + b": " + TEXT.encode() + b"}"
        yield HostileBody(f"another name, {name[:20]!r}", row[:-1] + more)
    not_strings = [
        rb'"\ud800"',
        rb'"\udc00\ud800"',
        b'"\xed\xa0\x80"',
        b'"\xc0\x80"',
        b'"\x01"',
        rb'"\x41"',
        b"1",
        b"null",
    ]
    for written in not_strings:
        more = b", " + written + b": " + TEXT.encode() + b"}"
        yield HostileBody(f"a name that is not a string, {written!r}", row[:-1] + more)
    many = json.dumps({f"name{number}": CANARY.decode() for number in range(20_000)})
    yield HostileBody("20,000 other names", row[:-1] + b", " + many[1:].encode())
    required = TASKS[task].features.model_fields
    for name in row_of(task):
        allowed = INVALID if required[name].is_required() else OK
        yield HostileBody(f"without {name}", json.dumps(without(row_of(task), name)).encode(), allowed)
        upper = json.dumps(
            {key.swapcase() if key == name else key: value for key, value in row_of(task).items()}
        )
        yield HostileBody(f"{name} in other case", upper.encode())


def duplicates(row: bytes, name: str) -> Iterator[HostileBody]:
    """Give rows in which a name occurs twice."""
    escaped = json.dumps(name).replace(name[0], f"\\u{ord(name[0]):04x}", 1).encode()
    rest = b"," + row[1:]
    before = [b"1", b"null", TEXT.encode(), b"[[]]", b'{"a": 1}', b"NaN", b"1e400", NUMBER, rb'"\""']
    for value in [*before, b"[" * 150 + b"]" * 150]:
        content = b'{"%s":%s' % (name.encode(), value) + rest
        yield HostileBody(f"{name} twice, first {value[:9]!r}", content)
    yield HostileBody(f"{name} twice, once escaped", b"{" + escaped + b":1" + rest)
    yield HostileBody("every name twice", row[:-1] + rest)
    yield HostileBody(f"{name} escaped", row.replace(json.dumps(name).encode(), escaped), OK)


def values(task: str, column: Column) -> Iterator[HostileBody]:
    """Give rows with one value that is invalid for its column."""
    wrong = [
        TEXT,
        '""',
        "[]",
        "{}",
        "[1]",
        '{"a": 1}',
        "1_0",
        "+1",
        "01",
        "0x10",
        ".5",
        "1.",
        "1e",
        "-",
        "--1",
        "",
    ]
    wrong += [
        "NaN",
        "-NaN",
        "Infinity",
        "-Infinity",
        "nan",
        "undefined",
        "None",
        "True",
        "1 2",
        "1e400",
        "-1e400",
    ]
    wrong += [
        '"1"',
        '"NaN"',
        '"1_0"',
        '"\\ud800"',
        '"\\u0000"',
        '"\x01"',
        f'"{"x" * 100_000}"',
    ]
    wrong += [
        "9" * 400,
        "-" + "9" * 400,
        "9" * 5_000,
        NUMBER.decode(),
        "-" + NUMBER.decode(),
        "1e99",
        "[" * 150 + "]" * 150,
    ]
    wrong += ["2", "-1", "0.5", "1.0000001"] if column.kind == "flag" else ["true", "false"]
    wrong += [json.dumps(f"{text} ") for text in column.categories] + [
        json.dumps(text.upper() + "S") for text in column.categories
    ]
    wrong += (
        [] if column.maximum is None else [repr(column.maximum + 0.001), repr((column.minimum or 0) - 0.001)]
    )
    for raw in wrong:
        yield HostileBody(
            f"{column.name}: {raw[:20]!r}, {len(raw)} long", with_raw(row_of(task), column.name, raw)
        )
    for raw in ["true", "false", "1.0", "-0.0", "1e0"] if column.kind == "flag" else []:
        yield HostileBody(f"{column.name}: {raw}", with_raw(row_of(task), column.name, raw), OK)
    allowed = OK if column.nullable else INVALID
    yield HostileBody(f"{column.name}: null", with_raw(row_of(task), column.name, "null"), allowed)
    if column.kind == "number" and column.minimum == 0:
        for raw in ["-0", "-0.0", "0e99", "1e-400", "1E+0", "0." + "0" * 5_000 + "1", "1." + "3" * 5_000]:
            yield HostileBody(
                f"{column.name}: {raw[:20]!r}, {len(raw)} long", with_raw(row_of(task), column.name, raw), OK
            )


def batches(task: str, row: bytes) -> Iterator[HostileBody]:
    """Give invalid and unusual batches."""
    bad = with_raw(row_of(task), next(iter(row_of(task))), TEXT)
    shapes = [
        b"",
        b"{}",
        b"[]",
        row,
        b"[" + row + b"]",
        b'{"instances": []}',
        b'{"instances": null}',
        b'{"instances": {}}',
    ]
    shapes += [
        b'{"instances": %s}' % instances
        for instances in (row, TEXT.encode(), NUMBER, b"[null]", b"[[]]", b"[[%s]]" % row)
    ]
    shapes += [
        b'{"instances": [%s], "more": 1}' % row,
        b'{"Instances": [%s]}' % row,
        b'{"instances": [%s,]}' % row,
    ]
    shapes += [
        b'{"instances": [%s]}' % b",".join(rows)
        for rows in ([row, bad], [bad] * 1_000, [row] * 1_001, [b"1"] * 100_000)
    ]
    for number, content in enumerate(shapes):
        yield HostileBody(f"shape {number}, {content[:24]!r}", content)
    yield HostileBody("1,000 rows", b'{"instances": [%s]}' % b",".join([row] * 1_000), OK)
    yield HostileBody("instances twice", b'{"instances": [%s], "instances": [%s]}' % (row, row))
    doubled = row[:-1] + b"," + row[1:]
    yield HostileBody("a name twice in one row", b'{"instances": [%s, %s]}' % (row, doubled))
