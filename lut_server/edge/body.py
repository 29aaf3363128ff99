"""
The body of a request, let in only as far as the limits go.

What a header says of its size is believed only where it is too large; bytes are counted and timed
as they come, before anything looks at them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import Message, Receive

from profiler.errors import BodyTooLarge, BodyTooSlow, RequestRefused

Refuse = Callable[[RequestRefused], Awaitable[None]]
"""Answers a request in place of what was called to answer it."""


DRAIN_S = 2.0
"""How long what is refused is read on, in seconds."""


class LimitedBody:
    """
    Receives a request within limits.

    Past a limit the request is refused, and whoever reads it is told that its sender has gone.

    Args:
        receive: gives what the sender sends.
        refuse: answers the request.
        max_bytes: most that is let in.
        timeout_s: how long all of it may take, in seconds.
    """

    def __init__(self, receive: Receive, refuse: Refuse, max_bytes: int, timeout_s: float) -> None:
        self._receive = receive
        self._refuse = refuse
        self._max_bytes = max_bytes
        self._timeout_s = timeout_s
        self._ends_at: float | None = None
        self._bytes = 0
        self._complete = False

    async def receive(self) -> Message:
        """Return the next message; after the body there is no limit to waiting for the end."""
        if self._complete:
            return await self._receive()
        try:
            message = await self._in_time()
        except TimeoutError:
            return await self._stop(too_slow(self._bytes, self._timeout_s))
        if message["type"] == "http.request":
            self._bytes += len(message.get("body", b""))
            self._complete = not message.get("more_body", False)
            if self._bytes > self._max_bytes:
                if not self._complete:
                    await drain(self._receive)
                return await self._stop(too_large(self._max_bytes))
        return message

    async def _in_time(self) -> Message:
        now = asyncio.get_running_loop().time()
        if self._ends_at is None:
            self._ends_at = now + self._timeout_s
        async with asyncio.timeout_at(self._ends_at):
            return await self._receive()

    async def _stop(self, why: RequestRefused) -> Message:
        self._complete = True
        await self._refuse(why)
        return {"type": "http.disconnect"}


async def drain(receive: Receive) -> None:
    """
    Read on for a moment and forget it: a sender that is still sending would not see the answer.

    Closing a connection with bytes unread resets it, and takes the answer with it.
    """
    try:
        async with asyncio.timeout(DRAIN_S):
            while (message := await receive())["type"] == "http.request":
                if not message.get("more_body", False):
                    return
    except TimeoutError:
        return  # it had its moment


def too_large(max_bytes: int) -> BodyTooLarge:
    """Return the refusal of a body beyond *max_bytes*."""
    return BodyTooLarge(
        f"this server takes requests of at most {max_bytes:,} bytes; send less at once, or have it "
        "take more: HNA_SERVER_MAX_BODY_BYTES"
    )


def too_slow(received: int, timeout_s: float) -> BodyTooSlow:
    """Return the refusal of a body that did not arrive within *timeout_s*."""
    return BodyTooSlow(
        f"of the request {received:,} bytes arrived in {timeout_s:g} s, and not all of it; send "
        "it again, or have the server wait longer: HNA_SERVER_BODY_TIMEOUT_S"
    )
