"""
One process that serves: uvicorn on a socket, which stops in order.

Told to stop, it says so at ``/readyz`` for as long as the settings want, takes no new connection,
finishes the requests in flight within their grace and closes the database.  Told once more, it ends
at once: what was not committed is rolled back by the database, as after a power cut.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import ceil
from types import FrameType

import uvicorn
from fastapi import FastAPI

from lut_server.deps import Server
from lut_server.edge.impatience import impatient

SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""What tells a server to stop."""

KEEP_ALIVE_S = 75
"""
How long a connection nobody asks on is kept, in seconds: longer than an agent pauses, and longer
than proxies keep theirs (60 s), or they would ask on one that is just being closed.
"""

LAST_THREADS_S = 0.5
"""How long threads of requests that were given up may take to notice, in seconds."""


SWITCH_S = 0.0005
"""
How long a thread may keep the interpreter while another one waits, in seconds.

A thread that speaks to the database lets go of it a dozen times for each request; waiting the usual
5 ms to get it back, while the event loop is busy, would be most of what a request takes.
"""


class StoppableServer(uvicorn.Server):
    """
    A uvicorn server that says when it listens, and leaves in the steps of ``Stopping``.

    Args:
        app: from ``create_app``.
        listening: called on the event loop once it really listens.
        leaving: called when it was told to stop.
        signals: those that tell it to; others are left as they are.
    """

    def __init__(
        self,
        app: FastAPI,
        *,
        listening: Callable[[], None],
        leaving: Callable[[], None] = lambda: None,
        signals: Sequence[signal.Signals] = SIGNALS,
    ) -> None:
        super().__init__(config_of(app))
        server: Server = app.state.server
        self._stopping = server.stopping
        self._drain_s = server.settings.drain_s
        self._listening = listening
        self._told = leaving
        self._signals = signals
        self._end_at_s = 0.0

    def leave(self) -> None:
        """Begin to stop; harmless when it has begun."""
        if not self._stopping.leaving:
            self._end_at_s = time.monotonic() + self._drain_s
            self._stopping.leave()
            self._told()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop in order when told for the first time, at once when told again."""
        if self._stopping.leaving:
            end_at_once(sig)
        self.leave()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        if self.started:
            self._listening()

    async def on_tick(self, counter: int) -> bool:
        """Return whether to take no new connection any more."""
        if self._stopping.leaving and time.monotonic() >= self._end_at_s:
            self.should_exit = True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish the requests in flight."""
        self._stopping.end()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Have signals handled here for a while; uvicorn would raise them again afterwards."""
        before = {sig: signal.signal(sig, self.handle_exit) for sig in self._signals}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)


def config_of(app: FastAPI) -> uvicorn.Config:
    """Return how uvicorn is set up; with uvloop and httptools, where they are installed."""
    server: Server = app.state.server
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        log_config=None,
        http=impatient(server.settings.header_timeout_s, 2 * server.settings.max_header_bytes),
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=ceil(server.settings.grace_s),
    )


def serve_until_told(server: StoppableServer, bound: socket.socket) -> None:
    """Serve on a socket; return once all is answered and closed."""
    sys.setswitchinterval(SWITCH_S)
    server.run(sockets=[bound])
    _leave_no_thread()


def end_at_once(sig: int = signal.SIGTERM) -> None:
    """End this process as if nobody had handled the signal."""
    signal.signal(sig, signal.SIG_DFL)
    os.kill(os.getpid(), sig)


def _leave_no_thread() -> None:
    """End at once if a request whose grace is over still runs: nobody hears its answer."""
    deadline_s = time.monotonic() + LAST_THREADS_S
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(max(0.0, deadline_s - time.monotonic()))
            if thread.is_alive():
                end_at_once()
