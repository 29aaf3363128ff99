"""What is added to every answer, and what is noticed of it."""

from __future__ import annotations

from starlette.types import Message, Send

from lut_server.edge.request_ids import HEADER

SECURITY: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),  # with no-referrer, forms come from the origin "null"
)
"""What every answer tells browsers: take it for what it says it is, frame it nowhere."""


class Answer:
    """
    Sends one answer with the headers that all have.

    Args:
        send: sends it.
        request_id: of the request.
    """

    __slots__ = ("_headers", "_send", "bytes", "refused", "status")

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._headers = ((HEADER, request_id.encode("ascii")), *SECURITY)
        self.status = 0
        self.bytes = 0
        self.refused = False

    async def send(self, message: Message) -> None:
        """Send *message*, unless the request was refused since it was passed on."""
        if not self.refused:
            await self._send_on(message)

    async def refuse(self, message: Message) -> None:
        """Send *message* of a refusal, after which nothing else is sent."""
        if message["type"] == "http.response.start":
            if self.status:
                return  # too late: another answer is under way
            self.refused = True
            message["headers"] = [*message["headers"], (b"connection", b"close")]
        if self.refused:
            await self._send_on(message)

    async def _send_on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *self._headers]
        else:
            self.bytes += len(message.get("body", b""))
        await self._send(message)
