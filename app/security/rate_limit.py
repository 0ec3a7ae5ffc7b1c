"""How often a client may ask: a bucket of requests for each, which fills again as time goes by."""

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network

MOST_CLIENTS = 10_000

SECOND_NS = 10**9
MINUTE_NS = 60 * SECOND_NS


class RateLimit:
    """Lets a client ask as often in a minute as is set, all at once or spread out.

    It knows the clients that asked last, `most_clients` of them; one that is forgotten begins anew.
    All is counted in whole numbers, so nothing is lost to rounding: a nanosecond brings
    `requests_per_minute` of credit, and a request costs MINUTE_NS.
    """

    def __init__(
        self,
        requests_per_minute: int,
        now_ns: Callable[[], int] = time.monotonic_ns,
        most_clients: int = MOST_CLIENTS,
    ) -> None:
        self.requests_per_minute = requests_per_minute
        self._now_ns = now_ns
        self._most_clients = most_clients
        self._full = requests_per_minute * MINUTE_NS
        # For each client its credit, and when that was counted; who asked last stands last.
        self._buckets: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def take(self, client: str) -> int:
        """Count a request: 0 where it may go on, else after how many whole seconds one may."""
        now_ns = self._now_ns()
        credit, counted_ns = self._buckets.pop(client, (self._full, now_ns))
        credit = min(self._full, credit + (now_ns - counted_ns) * self.requests_per_minute)
        missing = MINUTE_NS - credit
        self._buckets[client] = (credit if missing > 0 else -missing, now_ns)
        if len(self._buckets) > self._most_clients:
            self._buckets.popitem(last=False)
        return max(0, -(-missing // (self.requests_per_minute * SECOND_NS)))


def client_key(address: str) -> str:
    """Give what stands for one client: an IPv4 address, or the /64 network that one IPv6 client has."""
    try:
        ip = IPv6Address(address)
    except ValueError:
        return address
    return str(ip.ipv4_mapped or IPv6Network((int(ip), 64), strict=False))
