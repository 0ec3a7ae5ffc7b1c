import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from app.application import create_app
from app.security.rate_limit import RateLimit, client_key
from app.settings import Settings
from tests.support.api_keys import line
from tests.support.payloads import row_of
from tests.support.problems import assert_problem

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
def test_the_requests_of_a_minute_may_arrive_at_once_and_no_more(rate):
    limit, _ = limited(rate)

    waits = [limit.acquire("alice") for _ in range(rate + 1)]

    assert waits[:rate] == [0] * rate
    assert waits[rate] >= 1


@given(RATES, WAITS, st.integers(1, 8))
def test_no_more_than_a_full_bucket_and_its_refill_is_allowed(rate, waits, burst):
    limit, clock = limited(rate)
    start_ns, allowed = clock.now_ns, 0

    for wait_ns in waits:
        clock.now_ns += wait_ns
        allowed += sum(limit.acquire("alice") == 0 for _ in range(burst))

        assert allowed <= rate + (clock.now_ns - start_ns) * rate / (60 * SECOND)


@given(RATES, WAITS)
def test_a_client_is_allowed_after_the_given_seconds_and_not_a_second_before(rate, waits):
    limit, clock = limited(rate)
    for wait_ns in waits:
        clock.now_ns += wait_ns
        while (seconds := limit.acquire("alice")) == 0:
            pass
        clock.now_ns += (seconds - 1) * SECOND
        if seconds > 1:
            assert limit.acquire("alice") == 1
        clock.now_ns += SECOND

        assert limit.acquire("alice") == 0


@given(RATES, st.integers(1, 40))
def test_even_requests_at_the_rate_are_always_allowed(rate, requests):
    limit, clock = limited(rate)
    while limit.acquire("alice") == 0:
        pass

    for _ in range(requests):
        clock.now_ns += -(-60 * SECOND // rate)
        assert limit.acquire("alice") == 0


def test_refused_requests_cost_nothing():
    limit, clock = limited(1)
    assert limit.acquire("alice") == 0

    assert [limit.acquire("alice") for _ in range(100)] == [60] * 100

    clock.now_ns += 60 * SECOND
    assert limit.acquire("alice") == 0


def test_each_client_has_its_own_bucket():
    limit, _ = limited(1)

    assert [limit.acquire(name) for name in ("alice", "bob", "alice")] == [0, 0, 60]


def test_only_the_latest_clients_are_remembered():
    limit, _ = limited(1, max_clients=2)
    for name in ("alice", "bob", "alice", "carol"):
        limit.acquire(name)

    assert [limit.acquire(name) for name in ("alice", "carol", "bob")] == [60, 60, 0]


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
def test_a_client_is_an_ipv4_address_or_an_ipv6_network(address, client):
    assert client_key(address) == client


def make_client(models, **settings):
    return TestClient(create_app(Settings(models_dir=models, **settings)))


def test_without_the_setting_there_is_no_limit(client):
    assert {client.get("/models").status_code for _ in range(100)} == {200}


def test_too_many_requests_are_answered_with_429_and_retry_after(models):
    client = make_client(models, requests_per_minute=3)

    allowed = [
        client.post("/predict/iris", json=row_of("iris")),
        client.get("/models/iris"),
        client.get("/models"),
    ]
    refused = [
        client.post("/predict/iris/batch", json={}),
        client.get("/models"),
        client.get("/models/xyzzy"),
    ]

    assert [answer.status_code for answer in allowed] == [200] * 3
    for answer in refused:
        assert_problem(answer, 429)
        assert 1 <= int(answer.headers["retry-after"]) <= 20


def test_a_request_is_refused_before_its_body_is_read(models):
    client = make_client(models, requests_per_minute=1)
    client.get("/models")

    def never():
        raise AssertionError("the body was read")
        yield b""

    assert_problem(client.post("/predict/iris", content=never()), 429)


def test_health_and_documentation_are_never_limited(models):
    client = make_client(models, requests_per_minute=1)

    for path in ("/health/live", "/health/ready", "/openapi.json", "/docs"):
        assert [client.get(path).status_code for _ in range(3)] == [200] * 3
    assert client.get("/models").status_code == 200


def test_each_key_has_its_own_limit_and_unknown_keys_count_for_none(models, tmp_path):
    path = tmp_path / "keys"
    path.write_text(line("alice", "key-a") + line("bob", "key-b"))
    client = make_client(models, requests_per_minute=1, api_keys_file=path)

    keys = ("key-x", "key-a", "key-x", "key-a", "key-b", "key-b")
    answers = [client.get("/models", headers={"X-API-Key": key}) for key in keys]

    assert [answer.status_code for answer in answers] == [401, 200, 401, 429, 200, 429]


def test_each_address_has_its_own_limit_without_keys(models):
    app = create_app(Settings(models_dir=models, requests_per_minute=1))
    clients = [TestClient(app, client=(address, 1)) for address in ("192.0.2.1", "192.0.2.2")]

    answers = [client.get("/models") for client in (*clients, *clients)]

    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]


def test_the_openapi_document_has_429_only_with_a_limit(models, client):
    limited_client = make_client(models, requests_per_minute=1)

    for tested, has_limit in ((client, False), (limited_client, True)):
        for path, methods in tested.get("/openapi.json").json()["paths"].items():
            for operation in methods.values():
                assert ("429" in operation["responses"]) == (has_limit and not path.startswith("/health"))
