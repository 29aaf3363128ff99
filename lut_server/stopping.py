"""
How far a server is on its way out, for those who must know: readiness, and streams that never end.

A server leaves in two steps.  While it is ``leaving`` it answers everything and says at
``/readyz`` that it is not ready, so that a load balancer sends nobody any more.  Once it is
``ending`` it takes no new connection; requests in flight are finished, and an event stream, which
would not finish by itself, has to end.
"""

from __future__ import annotations

from threading import Event


class Stopping:
    """Two facts that only become true; threads and event loops may share it."""

    def __init__(self) -> None:
        self._leaving = Event()
        self._ending = Event()

    @property
    def leaving(self) -> bool:
        """Whether new requests should go to another server."""
        return self._leaving.is_set()

    @property
    def ending(self) -> bool:
        """Whether event streams have to end."""
        return self._ending.is_set()

    def leave(self) -> None:
        """Say that the server was told to stop."""
        self._leaving.set()

    def end(self) -> None:
        """Say that the server takes no new connection any more."""
        self._leaving.set()
        self._ending.set()
