"""
Requests as Prometheus counts them: by route, method and status, and how long they took.

Every label comes from a set that is bounded: routes as they are written in the code, methods of
HTTP, statuses.  With several workers each keeps its counts in a file of a folder that the
supervisor made, also those of workers that died, and whichever is asked sums them all.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lut_server.tables.quick import whole_table

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Where prometheus_client looks for the folder; it does so when it is imported."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})
OTHER = "other"
"""A route that does not exist, a method nobody expects."""

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
EVENT_STREAM = b"text/event-stream"


class RequestCounts:
    """
    Counts of one app; threads may share them.

    Args:
        folder: where several workers keep theirs; None where this process is the only one.
    """

    def __init__(self, folder: Path | None) -> None:
        self.registry = CollectorRegistry()
        if folder is not None:
            MultiProcessCollector(self.registry, str(folder))  # type: ignore[no-untyped-call]
        kept = None if folder is not None else self.registry
        self._requests = Counter(
            "hna_http_requests",
            "Requests that were answered.",
            ("route", "method", "status"),
            registry=kept,
        )
        self._durations = Histogram(
            "hna_http_request_duration_seconds",
            "From the headers of a request to the last byte of its answer; no event streams.",
            ("route", "method"),
            registry=kept,
            buckets=BUCKETS_S,
        )
        self._received = Counter(
            "hna_measurements_received",
            "Measurements that were stored for the first time.",
            registry=kept,
        )

        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def count(self, scope: Scope, answer: _Answer) -> None:
        """Count a request whose answer was sent, or broken off."""
        method = scope["method"] if scope["method"] in METHODS else OTHER
        requests, durations = self._labelled(_route(scope), method, answer.status or 500)
        requests.inc()
        if not answer.is_event_stream:
            durations.observe(time.perf_counter() - answer.began_s)
        received = scope.get("state", {}).get("measurements_received", 0)
        if received and answer.status < 300:
            self._received.inc(received)

    def _labelled(self, route: str, method: str, status: int) -> tuple[Counter, Histogram]:
        """Return what counts such requests; kept, since finding it costs more than counting."""
        key = (route, method, status)
        known = self._known.get(key)
        if known is None:
            requests = self._requests.labels(route, method, str(status))
            known = self._known[key] = (requests, self._durations.labels(route, method))
        return known


class CountedRequests:
    """
    ASGI middleware that counts what passes.

    Args:
        app: what is behind.
        counts: where.
    """

    def __init__(self, app: ASGIApp, counts: RequestCounts) -> None:
        self._app = app
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and count it once it is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send)
        try:
            await self._app(scope, receive, answer.send)
        finally:
            self._counts.count(scope, answer)


class _Answer:
    """What is known of an answer by what passed of it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.began_s = time.perf_counter()
        self.status = 0
        self.is_event_stream = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers: dict[bytes, Any] = dict(message.get("headers", ()))
            self.is_event_stream = headers.get(b"content-type", b"").startswith(EVENT_STREAM)
        await self._send(message)


def _route(scope: Scope) -> str:
    """Return the route that answered, as it is written in the code."""
    route = scope.get("route")
    if route is None and whole_table(scope) is not None:
        return "/v1/tables/{name}"  # answered in front of the routes
    return getattr(route, "path", OTHER)


def folder_of_workers() -> Path | None:
    """Return where the workers of this server keep their counts; None where there is but one."""
    folder = os.environ.get(FOLDER_VARIABLE)
    return Path(folder) if folder else None
