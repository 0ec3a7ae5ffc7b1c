"""Valid, invalid and hostile requests as bytes for one task, each with the allowed statuses.

The test suite and the stress test send them.
"""

import json
from collections.abc import Iterator
from dataclasses import replace

from tests.support.payloads import row_of
from tests.support.requests.raw_post import BAD, CANARY, INVALID, OK, SLOW, TOO_LARGE, Post, RawCase, chunked


def raw_cases(task: str) -> list[RawCase]:
    """Give every case for one task, each with a unique name."""
    post = Post(b"/predict/" + task.encode(), json.dumps(row_of(task)).encode())
    groups = (framed, chunk_framed, headed, sized, targeted, hosted, versioned, pipelined)
    return [replace(case, name=f"{task}: {case.name}") for group in groups for case in group(post)]


def framed(post: Post) -> Iterator[RawCase]:
    """Give requests with a wrong length of the body."""
    length = b"Content-Length: "
    right = b"%d" % len(post.body)
    for value in [
        b"-1",
        b"+" + right,
        b"0x10",
        b"1e2",
        b"",
        b" ",
        b"9" * 30,
        right + b", " + right,
        CANARY,
        b"\xb2",
    ]:
        yield RawCase(f"length {value[:12]!r}", replace(post, framing=(length + value,)).written(), BAD)
    for first, second in [(right, b"3"), (b"3", right), (right, right), (b"0", right)]:
        both = replace(post, framing=(length + first, length + second))
        yield RawCase(f"two lengths, {first!r} and {second!r}", both.written(), BAD)
    encoding = b"Transfer-Encoding: chunked"
    for framing in [(length + right, encoding), (encoding, length + right), (encoding, length + b"0")]:
        both = replace(post, framing=framing, body=chunked(post.body, 9))
        yield RawCase(f"length and chunks {framing!r}", both.written(), BAD)
    yield RawCase("no length and no body", replace(post, framing=(), body=b"").written(), INVALID)
    yield RawCase("no length and a body", replace(post, framing=()).written(), INVALID | BAD)
    yield RawCase("length zero and a body", replace(post, framing=(length + b"0",)).written(), INVALID | BAD)
    padded = replace(post, framing=(length + b"0" * 5_000 + right,))
    yield RawCase("length with thousands of zeros before it", padded.written(), OK)
    yield RawCase(
        "space before the colon", replace(post, framing=(b"Content-Length : " + right,)).written(), BAD
    )
    yield RawCase("lines of LF", replace(post, end=b"\n").written(), BAD)
    yield RawCase("lines of CR", replace(post, end=b"\r").written(), BAD)
    yield RawCase("nothing but blank lines first", b"\r\n\r\n" + post.written(), OK)


def chunk_framed(post: Post) -> Iterator[RawCase]:
    """Give requests with valid and invalid chunks."""
    coded = replace(post, framing=(b"Transfer-Encoding: chunked",))
    for size in (1, 7, 1_000):
        yield RawCase(f"chunks of {size}", replace(coded, body=chunked(post.body, size)).written(), OK)
    extended = chunked(post.body, 9, b';a="b"', b"X-Request-ID: " + CANARY + b"\r\n")
    yield RawCase("extension and trailer", replace(coded, body=extended).written(), OK)
    many = chunked(post.body, 9, trailers=b"X: y\r\n" * 20_000)
    yield RawCase("20,000 trailers", replace(coded, body=many).written(), TOO_LARGE | OK)
    long = b"5;" + CANARY * 30_000 + b"\r\n"
    yield RawCase("a long extension", replace(coded, body=long).written(), TOO_LARGE)
    wrong = [b"zz\r\n", b"-1\r\n", b"+5\r\n", b"0x5\r\n", b" 5\r\n", b"f" * 20 + b"\r\n", CANARY + b"\r\n"]
    wrong += [b"\r\n", b"5\r\n" + post.body, b"5\n" + post.body, b"5 5\r\n", b"\x00\r\n"]
    for start in wrong:
        yield RawCase(f"chunk {start[:12]!r}", replace(coded, body=start + post.body).written(), BAD)
    lines = chunked(post.body, 9).replace(b"\r\n", b"\n")
    yield RawCase("chunks in lines of LF", replace(coded, body=lines).written(), BAD)
    for coding in [b"identity", b"chunked, gzip", b"xchunked", b"chunked;", b"chunked, identity", CANARY]:
        other = replace(post, framing=(b"Transfer-Encoding: " + coding,), body=chunked(post.body, 9))
        yield RawCase(f"coding {coding!r}", other.written(), BAD)
    twice = replace(post, framing=(b"Transfer-Encoding: chunked",) * 2, body=chunked(post.body, 9))
    yield RawCase("chunked twice", twice.written(), BAD)


def headed(post: Post) -> Iterator[RawCase]:
    """Give requests with invalid and unusual headers."""
    wrong = [
        b"X: a\r\n b",
        b"X: a\r\n\tb",
        b"X: a\x00b",
        b"X: a\x07b",
        b"X: a\rb",
        b"X: a\nb: c",
        b"X Y: 1",
        b"XY",
    ]
    wrong += [b": 1", b"X\x00Y: 1", b"X\xff: 1", b"(x): 1", b" X: 1", b"X\t: 1", CANARY]
    for line in wrong:
        yield RawCase(f"header {line!r}", replace(post, more=(line,)).written(), BAD)
    unusual = [
        b"X: \xff\xfe",
        b"X:",
        b"X: " + CANARY,
        b"Cookie: " + CANARY,
        b"X-Request-ID: \x80" + CANARY,
        b"!#$: 1",
    ]
    unusual += [b"Expect: 100-continue", b"Expect: " + CANARY, b"Range: bytes=0-,0-,0-", b"Connection: close"]
    unusual += [
        b"X-Forwarded-Host: " + CANARY,
        b"X-HTTP-Method-Override: DELETE",
        b"Connection: Upgrade\r\nUpgrade: h2c",
    ]
    unusual += [b"Connection: Upgrade\r\nUpgrade: websocket", b"Keep-Alive: timeout=" + b"9" * 20]
    for line in unusual:
        yield RawCase(f"header {line!r}", replace(post, more=(line,)).written(), OK | {100})
    types = [
        (),
        (b"Content-Type: text/plain",),
        (b"Content-Type: " + CANARY,),
        (b"Content-Type: application/json-seq",),
    ]
    for kind in types:
        yield RawCase(f"type {kind!r}", replace(post, type=kind).written(), frozenset({415}))
    for coding in [b"gzip", b"br", b"identity, gzip", CANARY]:
        packed = replace(post, more=(b"Content-Encoding: " + coding,))
        yield RawCase(f"content coding {coding!r}", packed.written(), frozenset({415}))


def sized(post: Post) -> Iterator[RawCase]:
    """Give requests with a size near and beyond the limits."""
    for count, allowed in [(96, OK), (97, OK), (98, TOO_LARGE), (10_000, TOO_LARGE)]:
        many = replace(post, more=(b"X: y",) * count)
        yield RawCase(f"{count + 3} headers", many.written(), allowed)
    for size, allowed in [(30_000, OK), (33_000, TOO_LARGE), (1 << 20, TOO_LARGE), (8 << 20, TOO_LARGE)]:
        yield RawCase(f"a value of {size}", replace(post, more=(b"X: " + b"y" * size,)).written(), allowed)
    for size, allowed in [(33_000, TOO_LARGE), (1 << 20, TOO_LARGE)]:
        yield RawCase(f"a name of {size}", replace(post, more=(b"X" * size + b": y",)).written(), allowed)
    for size, allowed in [
        (30_000, frozenset({404, 422})),
        (33_000, TOO_LARGE | BAD),
        (1 << 20, TOO_LARGE | BAD),
    ]:
        path = replace(post, target=post.target + b"/" + b"y" * size)
        yield RawCase(f"a path of {size}", path.written(), allowed)
        query = replace(post, target=post.target + b"?threshold=" + CANARY + b"y" * size)
        yield RawCase(f"a query of {size}", query.written(), allowed)
    large = replace(post, body=post.body.ljust((1 << 20) + 1))
    yield RawCase("a body over the limit", large.written(), frozenset({413}))
    announced = replace(post, framing=(b"Content-Length: 99999999999",), more=(b"Connection: close",))
    yield RawCase("a body far over the limit, not sent", announced.written(), frozenset({413}), waits=True)


def targeted(post: Post) -> Iterator[RawCase]:
    """Give requests with unusual targets and methods."""
    for target in [b"http://evil.example", b"https://evil.example:8443", b"//x@evil.example"]:
        allowed = OK if target.startswith(b"http") else frozenset({404})
        yield RawCase(f"target {target!r}", replace(post, target=target + post.target).written(), allowed)
    for part in [b"\x01", b"\x00", b"\x7f", b"\xff", b" ", b"\t", b"\r"]:
        yield RawCase(f"target with {part!r}", replace(post, target=post.target + part + b"x").written(), BAD)
    for part in [b"/", b"%00", b"%0d%0aX:y", b"%ff", b"/../x", b";x", b"%2fx", b"\\x", b"%", b"%zz", CANARY]:
        yield RawCase(
            f"path with {part!r}", replace(post, target=post.target + part).written(), frozenset({404})
        )
    for part in [
        b"?threshold=" + CANARY,
        b"?name=" + CANARY,
        b"?threshold=nan",
        b"?threshold=1e400",
        b"?%00=1",
    ]:
        yield RawCase(f"query {part!r}", replace(post, target=post.target + part).written(), INVALID)
    for target in [b"predict", b"*", b"evil.example:80", b"?x", b"", b"http://", CANARY]:
        yield RawCase(f"target {target!r}", replace(post, target=target).written(), BAD | {404})
    for method in [b"GET", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"TRACE", b"PROPFIND", b"QUERY"]:
        yield RawCase(f"method {method!r}", replace(post, method=method).written(), frozenset({405}))
    for method in [b"CONNECT", b"post", b"XYZZY", b"", CANARY, b"PO ST", b"POST\x00"]:
        yield RawCase(f"method {method!r}", replace(post, method=method).written(), BAD)


def hosted(post: Post) -> Iterator[RawCase]:
    """Give requests with unusual hosts, which change nothing if there is exactly one."""
    for host in [
        b"",
        b"a:b",
        b"evil.example",
        b"x/health",
        b"x?a=b",
        b"x#y",
        b"user@x",
        b"x\\y",
        b"[::1]:80",
        b"\xff",
    ]:
        yield RawCase(f"host {host!r}", replace(post, host=(b"Host: " + host,)).written(), OK)
    for hosts in [(), (b"Host: a", b"Host: a"), (b"Host: a", b"host: b"), (b"Host : a",), (b"Host: a\x00",)]:
        yield RawCase(f"hosts {hosts!r}", replace(post, host=hosts).written(), BAD)


def versioned(post: Post) -> Iterator[RawCase]:
    """Give requests of other HTTP versions and other protocols."""
    yield RawCase("HTTP/1.0", replace(post, version=b"HTTP/1.0").written(), OK)
    yield RawCase("HTTP/1.0 without Host", replace(post, version=b"HTTP/1.0", host=()).written(), OK)
    coded = replace(
        post, version=b"HTTP/1.0", framing=(b"Transfer-Encoding: chunked",), body=chunked(post.body, 9)
    )
    yield RawCase("HTTP/1.0 in chunks", coded.written(), BAD)
    for version in [
        b"HTTP/0.9",
        b"HTTP/1.2",
        b"HTTP/2.0",
        b"HTTP/9.9",
        b"http/1.1",
        b"HTTP/1",
        b"HTTP/1.1x",
        b"ICY/1.1",
        CANARY,
    ]:
        yield RawCase(f"version {version!r}", replace(post, version=version).written(), BAD)
    yield RawCase("HTTP/0.9", b"POST " + post.target + b"\r\n\r\n", BAD)
    yield RawCase("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", BAD)
    yield RawCase("TLS", bytes.fromhex("16030100f4010000f00303") + CANARY * 20, BAD)
    yield RawCase("noise", bytes(range(256)) * 4, BAD)
    yield RawCase("nothing", b"", frozenset())
    yield RawCase("half a line", post.written()[:9], SLOW, waits=True)
    yield RawCase("half a head", post.written()[:60], SLOW, waits=True)
    yield RawCase("half a body", post.written()[:-20], SLOW, waits=True)


def pipelined(post: Post) -> Iterator[RawCase]:
    """Give pipelined requests."""
    whole = post.written()
    yield RawCase("3 requests", whole * 3, OK)
    yield RawCase("99 requests", whole * 99, OK)
    yield RawCase("1,000 requests", whole * 1_000, OK | BAD)
    yield RawCase("a request and noise", whole + CANARY + b"\r\n\r\n", OK | BAD)
    closing = replace(post, more=(b"Connection: close",))
    yield RawCase("a request behind the last one", closing.written() + whole, OK)
    hidden = replace(post, body=post.body + b"GET /" + CANARY + b" HTTP/1.1\r\nHost: a\r\n\r\n")
    yield RawCase("a request inside a body", hidden.written(), frozenset({422}))
