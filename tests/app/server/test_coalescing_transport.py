"""The head of a response and the first part of its body are sent together."""

import pytest

from app.server.coalescing_transport import CoalescingTransport

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n"


class RecordingTransport:
    """A transport that records each write."""

    def __init__(self):
        self.writes = []
        self.is_closed = False

    def write(self, data):
        self.writes.append(data)

    def close(self):
        self.is_closed = True

    def is_closing(self):
        return self.is_closed


@pytest.fixture
def recorded():
    return RecordingTransport()


@pytest.fixture
def transport(recorded):
    return CoalescingTransport(recorded)


def test_a_head_is_sent_with_the_first_part_of_its_body(recorded, transport):
    transport.write(HEAD)
    assert recorded.writes == []

    transport.write(b"body")
    transport.flush()

    assert recorded.writes == [HEAD + b"body"]


def test_later_parts_of_a_body_are_sent_at_once(recorded, transport):
    for piece in (HEAD, b"1\r\na\r\n", b"1\r\nb\r\n", b"0\r\n\r\n"):
        transport.write(piece)

    assert recorded.writes == [HEAD + b"1\r\na\r\n", b"1\r\nb\r\n", b"0\r\n\r\n"]


def test_a_head_without_a_body_is_sent_when_the_response_is_complete(recorded, transport):
    transport.write(HEAD)

    transport.flush()

    assert recorded.writes == [HEAD]


def test_a_head_is_sent_before_the_connection_is_closed(recorded, transport):
    transport.write(HEAD)

    transport.close()

    assert recorded.writes == [HEAD]
    assert transport.is_closing()


def test_100_continue_is_sent_at_once(recorded, transport):
    transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    assert recorded.writes == [b"HTTP/1.1 100 Continue\r\n\r\n"]


def test_responses_follow_one_another(recorded, transport):
    for piece in (HEAD, b"body", HEAD, b"", HEAD, b"HTTP/1.1 as text"):
        transport.write(piece)

    assert recorded.writes == [HEAD + b"body", HEAD, HEAD + b"HTTP/1.1 as text"]
