"""A lease while it is held: renewed in time, and given back when the work is not finished."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lut_server.client import LutClient
from lut_server.wire import Lease
from profiler.errors import LeaseLost, LutError

RENEW_AFTER = 0.5
"""Share of a lease's time after which it is renewed."""

RETRY_AFTER = 0.1
"""Share of a lease's time after which a renewal that did not get through is tried again."""


class HeldLease:
    """
    Keeps one lease alive.

    A lease that is lost does not end the measuring: what was measured is reported without it.

    Args:
        client: of the server that gave it.
        lease: what was given.
        say: tells people.
        now_s: a monotonic clock, in seconds.
    """

    def __init__(
        self,
        client: LutClient,
        lease: Lease,
        say: Callable[[str], None],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.lease = lease
        self.lost = False
        self._client = client
        self._say = say
        self._now_s = now_s
        self._renew_at_s = now_s() + RENEW_AFTER * lease.seconds

    def keep(self) -> None:
        """Renew the lease if it is time to."""
        if self.lost or self._now_s() < self._renew_at_s:
            return
        try:
            seconds = RENEW_AFTER * self._client.renew(self.lease.id).seconds
        except LeaseLost as error:
            self.lost = True
            self._say(f"the lease is lost ({error.detail}); measuring goes on and is reported")
            return
        except LutError as error:
            seconds = RETRY_AFTER * self.lease.seconds
            self._say(f"the lease could not be renewed: {error}")
        self._renew_at_s = self._now_s() + seconds

    def give_back(self) -> None:
        """Return the job to the queue; where that fails the lease expires by itself."""
        if self.lost:
            return
        try:
            self._client.give_back(self.lease.id)
            self._say("the lease is returned; another agent may have the job now")
        except LutError as error:
            expires = self.lease.expires_at
            self._say(f"the lease could not be returned and expires at {expires}: {error}")


@contextmanager
def returned_unless_finished(held: HeldLease) -> Iterator[HeldLease]:
    """Give the lease back if the context is left by any error, Ctrl-C included."""
    try:
        yield held
    except BaseException:
        held.give_back()
        raise
