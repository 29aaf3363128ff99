"""
Who may ask the database next: requests wait for their turn where waiting costs nothing.

A transaction is entered, worked in and left in threads, of which there are few.  If requests waited
for the database in them, those that wait could have all threads and the one they wait for none: it
would hold its lock, or its connection, until somebody gives up.  So at most one request that writes
(they pass one after the other anyway) and a few that read are let in; the others wait in the event
loop, in order.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from profiler.errors import StoreFailed

READERS = 10
"""Requests that read at once: fewer than a database has connections, or the web server threads."""


class Turns:
    """
    Turns at the database, of all requests of one process.

    Args:
        patience_s: how long a request waits for its turn, in seconds.
    """

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._writers = asyncio.Semaphore(1)
        self._readers = asyncio.Semaphore(READERS)

    @asynccontextmanager
    async def turn(self, *, writes: bool) -> AsyncIterator[None]:
        """
        Have a turn.

        Raises:
            StoreFailed: others had theirs for too long.
        """
        turns = self._writers if writes else self._readers
        try:
            async with asyncio.timeout(self._patience_s):
                await turns.acquire()
        except TimeoutError as error:
            raise StoreFailed(
                f"the database is busy: this request waited {self._patience_s:g} s for its turn; "
                "try again later"
            ) from error
        try:
            yield
        finally:
            turns.release()
