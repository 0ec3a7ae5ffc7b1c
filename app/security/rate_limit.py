"""The rate limit: each client may send APP_REQUESTS_PER_MINUTE requests a minute (a token bucket)."""

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network
from math import ceil

MAX_CLIENTS = 10_000

SECOND_NS = 10**9
MINUTE_NS = 60 * SECOND_NS


class RateLimit:
    """One token bucket for each client; a full bucket holds the requests of one minute.

    Only the `max_clients` clients with the latest requests are remembered; any other has a full bucket.
    Credit is an integer, so nothing is lost by rounding: each nanosecond adds `requests_per_minute`, and a
    request costs MINUTE_NS.
    """

    def __init__(
        self,
        requests_per_minute: int,
        now_ns: Callable[[], int] = time.monotonic_ns,
        max_clients: int = MAX_CLIENTS,
    ) -> None:
        self.requests_per_minute = requests_per_minute
        self._now_ns = now_ns
        self._max_clients = max_clients
        self._max_credit = requests_per_minute * MINUTE_NS
        # The credit of each client and the time of its last update; the latest client is last.
        self._buckets: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def acquire(self, client: str) -> int:
        """Charge a client for a request; 0 if it is allowed, else the whole seconds until the next one is.

        A request that is not allowed costs nothing.
        """
        now_ns = self._now_ns()
        credit, updated_ns = self._buckets.pop(client, (self._max_credit, now_ns))
        credit = min(self._max_credit, credit + (now_ns - updated_ns) * self.requests_per_minute)
        is_allowed = credit >= MINUTE_NS
        self._buckets[client] = (credit - MINUTE_NS if is_allowed else credit, now_ns)
        if len(self._buckets) > self._max_clients:
            self._buckets.popitem(last=False)
        return 0 if is_allowed else ceil((MINUTE_NS - credit) / (self.requests_per_minute * SECOND_NS))


def client_key(address: str) -> str:
    """Give the key of a client's bucket: its IPv4 address, or the /64 network of its IPv6 address."""
    try:
        ip = IPv6Address(address)
    except ValueError:
        return address
    return str(ip.ipv4_mapped or IPv6Network((int(ip), 64), strict=False))
