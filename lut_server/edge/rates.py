"""
How often one sender may ask: a token bucket for each, in the memory of this process.

Kept as the moment at which a bucket will be full again (the "theoretical arrival time" of the
generic cell rate algorithm, ITU-T I.371), one number a sender.  Several processes each have their
own, so a fleet of N workers lets through N times as much.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Mapping
from math import ceil
from threading import Lock
from typing import Any

from profiler.errors import RequestTooOften

REMEMBERED = 20_000
"""Senders that are remembered at once; those longest unheard of are forgotten first."""


class Rates:
    """
    Counts what each sender does; threads may share it.

    Args:
        per_second: how much each may do in the long run.
        burst: how much each may do at once.
        what: is counted, for messages.
        clock: tells the time in seconds.
    """

    def __init__(
        self,
        per_second: float,
        burst: int,
        what: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._interval_s = 1.0 / per_second
        self._slack_s = (burst - 1) * self._interval_s
        self._limit = f"{burst} at once and {per_second:g} a second after that"
        self._what = what
        self._clock = clock
        self._full_at: dict[str, float] = {}
        self._lock = Lock()

    def wait_s(self, sender: str) -> float:
        """Return how long *sender* has to wait, in seconds; 0 if it need not."""
        with self._lock:
            return max(0.0, self._full_at.get(sender, 0.0) - self._slack_s - self._clock())

    def charge(self, sender: str) -> None:
        """Count something that *sender* did."""
        with self._lock:
            now = self._clock()
            full_at = max(now, self._full_at.pop(sender, 0.0)) + self._interval_s
            self._full_at[sender] = full_at  # behind all others: the latest heard of
            while len(self._full_at) > REMEMBERED:
                del self._full_at[next(iter(self._full_at))]

    def require(self, sender: str) -> None:
        """
        Check that *sender* need not wait; counts nothing.

        Raises:
            RequestTooOften: it must.
        """
        wait_s = self.wait_s(sender)
        if wait_s > 0.0:
            raise RequestTooOften(
                f"this server takes {self._limit} {self._what} of one sender; wait "
                f"{ceil(wait_s)} s and ask less often",
                wait_s,
            )


def address_of(scope: Mapping[str, Any]) -> str:
    """
    Return whom a request's address stands for: the address, of IPv6 its network of 64 bits.

    >>> address_of({"client": ("2001:db8:1:2:3::9", 4711)})
    '2001:db8:1:2::/64'
    """
    client = scope.get("client")
    if not client:
        return "?"
    try:
        address = ipaddress.ip_address(client[0])
    except ValueError:
        return str(client[0])
    if address.version == 4:
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped or ipaddress.ip_network((address, 64), strict=False))
