"""
Connections that do not get to the point: headers that trickle, or that never end.

The web server waits for headers for ever and keeps whatever comes; it times connections only
between requests.  The body has limits of its own (``lut_server.edge.body``), which apply once there
is a request to refuse.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

ANSWER = b"HTTP/1.1 %s\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
TOO_SLOW = ANSWER % b"408 Request Timeout"
TOO_LARGE = ANSWER % b"431 Request Header Fields Too Large"


class ImpatientProtocol(HttpToolsProtocol):
    """
    A connection that ends unless its headers are complete in time; made by ``impatient``.

    ``header_timeout_s`` counts from the connection, or from the first byte of a later request;
    ``max_header_bytes`` may arrive without a request being complete.
    """

    header_timeout_s: float
    max_header_bytes: int

    _timer: asyncio.TimerHandle | None = None
    _waited_for = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came, and look whether it is a request by now."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_waiting()
            return
        self._wait()
        self._waited_for += len(data)
        if self._waited_for > self.max_header_bytes:
            self._end(TOO_LARGE)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self.header_timeout_s, self._end, TOO_SLOW)

    def _stop_waiting(self) -> None:
        self._waited_for = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()


def impatient(header_timeout_s: float, max_header_bytes: int) -> type[asyncio.Protocol]:
    """
    Return the connections of a server that waits so long for headers, and takes so many bytes.

    Args:
        header_timeout_s: in seconds.
        max_header_bytes: most that is received before the headers are complete.
    """
    limits = {"header_timeout_s": header_timeout_s, "max_header_bytes": max_header_bytes}
    return type("ImpatientConnection", (ImpatientProtocol,), limits)
