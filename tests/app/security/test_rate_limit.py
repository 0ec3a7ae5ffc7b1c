import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from app.application import create_app
from app.security.rate_limit import RateLimit, client_key
from app.settings import Settings
from tests.app.http.test_problem_details import assert_problem
from tests.app.security.made_up_keys import line
from tests.support.payloads import row_of

SECOND = 10**9
RATES = st.integers(1, 5_000)
WAITS = st.lists(st.integers(0, 90 * SECOND), max_size=60)


class Clock:
    def __init__(self):
        self.now_ns = 7 * SECOND

    def __call__(self):
        return self.now_ns


def limited(rate, **options):
    clock = Clock()
    return RateLimit(rate, clock, **options), clock


@given(RATES)
def test_a_minutes_requests_may_come_at_once_and_no_more(rate):
    limit, _ = limited(rate)

    waits = [limit.take("alice") for _ in range(rate + 1)]

    assert waits[:rate] == [0] * rate
    assert waits[rate] >= 1


@given(RATES, WAITS, st.integers(1, 8))
def test_never_more_than_a_full_bucket_and_what_time_brought(rate, waits, burst):
    limit, clock = limited(rate)
    start_ns, taken = clock.now_ns, 0

    for wait_ns in waits:
        clock.now_ns += wait_ns
        taken += sum(limit.take("alice") == 0 for _ in range(burst))

        assert taken <= rate + (clock.now_ns - start_ns) * rate / (60 * SECOND)


@given(RATES, WAITS)
def test_who_waits_as_long_as_told_is_let_in_and_a_second_less_would_not_do(rate, waits):
    limit, clock = limited(rate)
    for wait_ns in waits:
        clock.now_ns += wait_ns
        while (told := limit.take("alice")) == 0:
            pass
        clock.now_ns += (told - 1) * SECOND
        if told > 1:
            assert limit.take("alice") == 1
        clock.now_ns += SECOND

        assert limit.take("alice") == 0


@given(RATES, st.integers(1, 40))
def test_who_asks_evenly_at_the_rate_is_always_let_in(rate, requests):
    limit, clock = limited(rate)
    while limit.take("alice") == 0:
        pass

    for _ in range(requests):
        clock.now_ns += -(-60 * SECOND // rate)
        assert limit.take("alice") == 0


def test_refused_requests_cost_nothing():
    limit, clock = limited(1)
    assert limit.take("alice") == 0

    assert [limit.take("alice") for _ in range(100)] == [60] * 100

    clock.now_ns += 60 * SECOND
    assert limit.take("alice") == 0


def test_each_client_has_its_own_bucket():
    limit, _ = limited(1)

    assert [limit.take(name) for name in ("alice", "bob", "alice")] == [0, 0, 60]


def test_only_those_who_asked_last_are_remembered():
    limit, _ = limited(1, most_clients=2)
    for name in ("alice", "bob", "alice", "carol"):
        limit.take(name)

    assert [limit.take(name) for name in ("alice", "carol", "bob")] == [60, 60, 0]


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("a:b", "a:b"),
    ],
)
def test_a_client_is_an_address_or_a_network_of_ipv6(address, client):
    assert client_key(address) == client


def make_client(models, **settings):
    return TestClient(create_app(Settings(models_dir=models, **settings)))


def test_without_the_setting_there_is_no_limit(client):
    assert {client.get("/models").status_code for _ in range(100)} == {200}


def test_too_many_requests_are_a_429_that_says_when_to_come_back(models):
    client = make_client(models, requests_per_minute=3)

    asked = [
        client.post("/predict/iris", json=row_of("iris")),
        client.get("/models/iris"),
        client.get("/models"),
    ]
    refused = [
        client.post("/predict/iris/batch", json={}),
        client.get("/models"),
        client.get("/models/xyzzy"),
    ]

    assert [answer.status_code for answer in asked] == [200] * 3
    for answer in refused:
        assert_problem(answer, 429)
        assert 1 <= int(answer.headers["retry-after"]) <= 20


def test_a_refused_request_is_refused_before_its_body_is_read(models):
    client = make_client(models, requests_per_minute=1)
    client.get("/models")

    def never():
        raise AssertionError("the body was read")
        yield b""

    assert_problem(client.post("/predict/iris", content=never()), 429)


def test_health_and_the_document_are_never_limited(models):
    client = make_client(models, requests_per_minute=1)

    for path in ("/health/live", "/health/ready", "/openapi.json", "/docs"):
        assert [client.get(path).status_code for _ in range(3)] == [200] * 3
    assert client.get("/models").status_code == 200


def test_each_key_has_its_own_limit_and_an_unknown_one_counts_for_nobody(models, tmp_path):
    path = tmp_path / "keys"
    path.write_text(line("alice", "key-a") + line("bob", "key-b"))
    client = make_client(models, requests_per_minute=1, api_keys_file=path)

    keys = ("key-x", "key-a", "key-x", "key-a", "key-b", "key-b")
    answers = [client.get("/models", headers={"X-API-Key": key}) for key in keys]

    assert [answer.status_code for answer in answers] == [401, 200, 401, 429, 200, 429]


def test_each_address_has_its_own_limit_where_there_are_no_keys(models):
    app = create_app(Settings(models_dir=models, requests_per_minute=1))
    clients = [TestClient(app, client=(address, 1)) for address in ("192.0.2.1", "192.0.2.2")]

    answers = [client.get("/models") for client in (*clients, *clients)]

    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]


def test_the_document_tells_of_429_where_there_is_a_limit(models, client):
    limited_client = make_client(models, requests_per_minute=1)

    for asked, told in ((client, False), (limited_client, True)):
        for path, methods in asked.get("/openapi.json").json()["paths"].items():
            for operation in methods.values():
                assert ("429" in operation["responses"]) == (told and not path.startswith("/health"))
