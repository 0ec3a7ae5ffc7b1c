"""An answer leaves in one piece, whatever kind of answer it is."""

import pytest

from app.server.coalescing_transport import CoalescingTransport

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n"


class Wire:
    """A transport that keeps what it sends, piece by piece."""

    def __init__(self):
        self.pieces = []
        self.is_closed = False

    def write(self, data):
        self.pieces.append(data)

    def close(self):
        self.is_closed = True

    def is_closing(self):
        return self.is_closed


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
def envelope(wire):
    return CoalescingTransport(wire)


def test_a_head_goes_with_the_first_of_its_body(wire, envelope):
    envelope.write(HEAD)
    assert wire.pieces == []

    envelope.write(b"body")
    envelope.flush()

    assert wire.pieces == [HEAD + b"body"]


def test_the_rest_of_a_body_is_sent_as_it_comes(wire, envelope):
    for piece in (HEAD, b"1\r\na\r\n", b"1\r\nb\r\n", b"0\r\n\r\n"):
        envelope.write(piece)

    assert wire.pieces == [HEAD + b"1\r\na\r\n", b"1\r\nb\r\n", b"0\r\n\r\n"]


def test_a_head_without_a_body_goes_when_the_answer_is_complete(wire, envelope):
    envelope.write(HEAD)

    envelope.flush()

    assert wire.pieces == [HEAD]


def test_a_head_goes_before_the_connection_is_closed(wire, envelope):
    envelope.write(HEAD)

    envelope.close()

    assert wire.pieces == [HEAD]
    assert envelope.is_closing()


def test_who_waits_to_be_told_to_go_on_is_told_at_once(wire, envelope):
    envelope.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    assert wire.pieces == [b"HTTP/1.1 100 Continue\r\n\r\n"]


def test_one_answer_follows_another(wire, envelope):
    for piece in (HEAD, b"body", HEAD, b"", HEAD, b"HTTP/1.1 as text"):
        envelope.write(piece)

    assert wire.pieces == [HEAD + b"body", HEAD, HEAD + b"HTTP/1.1 as text"]
