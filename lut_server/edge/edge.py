"""
The outermost part of the server: each request gets an id, has to keep to the limits, and ends as
one line of the log, where that is asked for.

It knows nothing of tables and tokens; only which token a request turned out to carry, so that
tokens, not the addresses that many agents share, are what requests are counted by.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from lut_server.edge.answer import Answer
from lut_server.edge.body import LimitedBody, drain, too_large
from lut_server.edge.rates import Rates, address_of
from lut_server.edge.request_ids import HEADER, id_from, request_id
from lut_server.errors import failure, refusal
from profiler.errors import BodyEncoded, HeadersTooLarge, OriginRefused, RequestRefused

ALWAYS_ANSWERED = ("/healthz", "/readyz")
READING = ("GET", "HEAD", "OPTIONS")
REMEMBERED = 20_000
"""Tokens that are known by what carried them before."""

access_log = logging.getLogger("lut_server.access")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """
    What a request has to keep to.

    Args:
        body_bytes: most that its body may have.
        header_bytes: most that its address and headers may have together.
        body_timeout_s: how long its body may take to arrive, in seconds.
        origins: web sites, besides this server's own pages, that may change something.
        rates: counts requests; None does not.
    """

    body_bytes: int
    header_bytes: int
    body_timeout_s: float
    origins: frozenset[str] = frozenset()
    rates: Rates | None = None


class Edge:
    """
    ASGI middleware around everything else.

    Args:
        app: what is inside.
        limits: what requests have to keep to.
        logged: whether each request is a line of the log.
    """

    def __init__(self, app: ASGIApp, limits: Limits, *, logged: bool) -> None:
        self._app = app
        self._limits = limits
        self._logged = logged
        self._carried: dict[bytes, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        known = id_from(headers.get(HEADER))
        # never reset: what the web server logs of this request, it logs after this returns
        request_id.set(known)
        scope.setdefault("state", {})["request_id"] = known
        answer, began_s = Answer(send, known), time.perf_counter()
        try:
            await self._pass_on(scope, receive, answer, headers)
        except Exception:
            if answer.refused:
                return  # whoever read the request learned that it was refused
            if not answer.status:
                await failure()(scope, receive, answer.send)
            raise  # for the web server to log
        finally:
            if self._logged:
                _log(scope, answer, time.perf_counter() - began_s)

    async def _pass_on(
        self, scope: Scope, receive: Receive, answer: Answer, headers: Mapping[bytes, bytes]
    ) -> None:
        async def refuse(why: RequestRefused) -> None:
            await refusal(why)(scope, receive, answer.refuse)

        limits, sender = self._limits, self._sender(scope, headers)
        try:
            _require_fit(scope, headers, limits)
            if limits.rates is not None and scope["path"] not in ALWAYS_ANSWERED:
                limits.rates.require(sender)
                limits.rates.charge(sender)
        except RequestRefused as error:
            if b"content-length" in headers:
                await drain(receive)
            await refuse(error)
            return
        if b"content-length" in headers or b"transfer-encoding" in headers:
            body = LimitedBody(receive, refuse, limits.body_bytes, limits.body_timeout_s)
            receive = body.receive
        await self._app(scope, receive, answer.send)
        if limits.rates is not None:
            self._remember(scope, headers)

    def _sender(self, scope: Scope, headers: Mapping[bytes, bytes]) -> str:
        """Return who is counted: the token that this header carried before, else the address."""
        if self._limits.rates is None:
            return ""
        return self._carried.get(_digest(headers)) or address_of(scope)

    def _remember(self, scope: Scope, headers: Mapping[bytes, bytes]) -> None:
        token: Any = scope["state"].get("token")
        if token is None:
            self._carried.pop(_digest(headers), None)
            return
        self._carried[_digest(headers)] = f"token {token.id}"
        while len(self._carried) > REMEMBERED:
            del self._carried[next(iter(self._carried))]


def _digest(headers: Mapping[bytes, bytes]) -> bytes:
    """Return what stands for the token sent, so that none is kept."""
    return blake2b(headers.get(b"authorization", b""), digest_size=16).digest()


def _require_fit(scope: Scope, headers: Mapping[bytes, bytes], limits: Limits) -> None:
    """Check what can be checked before a byte of the body is there."""
    size = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    size += sum(len(name) + len(value) for name, value in scope["headers"])
    if size > limits.header_bytes:
        raise HeadersTooLarge(
            f"address and headers have {size:,} bytes; this server takes {limits.header_bytes:,}"
        )
    length = headers.get(b"content-length", b"")
    if length.isdigit() and int(length[:20]) > limits.body_bytes:
        raise too_large(limits.body_bytes)
    encoding = headers.get(b"content-encoding", b"identity").lower()
    if encoding != b"identity":
        raise BodyEncoded("this server takes requests as they are; leave out content-encoding")
    if b"origin" in headers and scope["method"] not in READING:
        _require_own_page(headers, limits.origins)


def _require_own_page(headers: Mapping[bytes, bytes], origins: frozenset[str]) -> None:
    """A browser names the site whose page asks; an open server has no other way to tell."""
    origin = headers[b"origin"].decode("latin-1").lower()
    host = headers.get(b"host", b"").decode("latin-1").lower()
    if origin not in origins and origin.partition("://")[2] != host:
        raise OriginRefused(
            f"a page of {origin[:100]} may not change anything here; allow its site with "
            "HNA_SERVER_CORS_ORIGINS"
        )


def _log(scope: Scope, answer: Answer, took_s: float) -> None:
    """
    Write one line: what was asked for without its query, and how it ended.

    The query stays out because people put secrets into addresses.
    """
    token: Any = scope["state"].get("token")
    access_log.info(
        "%s %s %s",
        scope["method"],
        scope["path"],
        answer.status or "-",
        extra={
            "fields": {
                "method": scope["method"],
                "path": scope["path"],
                "status": answer.status or None,
                "bytes": answer.bytes,
                "ms": round(1e3 * took_s, 2),
                "client": (scope.get("client") or ("",))[0],
                "token_id": None if token is None else token.id,
            }
        },
    )
