"""
A connection to the server: one request, one answer, and errors as the project's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import httpx2
import stamina
from pydantic import ValidationError

from lut_server.credentials import require_token, token_from_environment
from lut_server.documents import adapter
from lut_server.problems import error_of
from lut_server.wire import Message
from profiler.errors import HnaError, LutError, ServerRefused, ServerUnreachable
from profiler.table import Table

DEFAULT_URL = "http://127.0.0.1:8765"
"""Where ``hna serve`` with no options listens."""

TIMEOUT_S = 30.0
ATTEMPTS = 3
"""How often a request is sent before its error is the caller's, if it can be repeated."""

PAUSES = {"wait_initial": 0.1, "wait_jitter": 0.2, "wait_max": 2.0, "timeout": 30.0}
"""Between attempts, in seconds."""

LONGEST_PAUSE_S = 10.0
"""A server that asks to be left alone for longer is the caller's to come back to."""

REPEATABLE = ("GET", "HEAD", "PUT", "DELETE")
"""Methods that do the same when they are received twice."""

PASSING = (429, 502, 503, 504)
"""Statuses that another try may not meet."""

JSON = "application/json"

LOOPBACK = ("127.0.0.1", "::1", "localhost")

T = TypeVar("T")


class Connection:
    """
    What every part of the client speaks through; see ``LutClient``.
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        http: httpx2.Client | None = None,
        token: str | None = None,
        token_file: Path | None = None,
        timeout_s: float = TIMEOUT_S,
        attempts: int = ATTEMPTS,
    ) -> None:
        self._attempts = attempts
        self._token_file = token_file
        self._token = None if token is None else require_token(token, "the token")
        self.reread_token()
        self._owns_http = http is None
        self._http = http if http is not None else _connect(base_url or DEFAULT_URL, timeout_s)
        self._tables: dict[str, tuple[str, Table]] = {}

    @property
    def base_url(self) -> str:
        """Address of the server."""
        return str(self._http.base_url).rstrip("/")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, where they are this client's own."""
        if self._owns_http:
            self._http.close()

    def reread_token(self) -> None:
        """
        Take the token that the environment names by now; one that was handed in stays.

        Raises:
            TokenUnusable: it cannot be read or sent; the one before stays.
        """
        token = self._token or token_from_environment(self._token_file)
        self._headers = {"authorization": f"Bearer {token}"} if token else {}

    def health(self) -> None:
        """Return if the server is there."""
        self._send("GET", "/healthz")

    def _ask(
        self,
        kind: type[T],
        method: str,
        path: str,
        message: Message | None = None,
        *,
        repeatable: bool = False,
    ) -> T:
        return self._read(kind, self._send(method, path, message, repeatable=repeatable))

    def _send(
        self,
        method: str,
        path: str,
        content: Message | bytes | None = None,
        *,
        media_type: str = JSON,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = False,
    ) -> httpx2.Response:
        """
        Return the answer to a request, or raise what it stands for.

        Args:
            method: of HTTP.
            path: with its query.
            content: the body.
            media_type: of the body, where it is no message.
            headers: further ones.
            repeatable: whether a POST that was received and sent again changes nothing.
        """
        sent = self._headers | dict(headers or {})
        body = content.model_dump_json().encode() if isinstance(content, Message) else content
        if body is not None:
            sent["content-type"] = media_type
        attempts = self._attempts if repeatable or method in REPEATABLE else 1
        for attempt in stamina.retry_context(on=worth_another_try, attempts=attempts, **PAUSES):
            with attempt:
                response = self._try(method, path, body, sent)
        return response

    def _try(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]
    ) -> httpx2.Response:
        try:
            response = self._http.request(method, path, content=content, headers=headers)
        except httpx2.RequestError as error:
            raise self._unreachable(error) from error
        if response.is_success or response.status_code == 304:
            return response
        raise self._refused(response)

    @contextmanager
    def _streamed(
        self, path: str, headers: Mapping[str, str], timeout_s: float | None = TIMEOUT_S
    ) -> Iterator[httpx2.Response]:
        """Give the answer to a GET before its body is there; raises what it stands for."""
        try:
            with self._http.stream(
                "GET", path, headers=self._headers | dict(headers), timeout=timeout_s
            ) as response:
                if not response.is_success:
                    response.read()
                    raise self._refused(response)
                yield response
        except httpx2.RequestError as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: httpx2.RequestError) -> ServerUnreachable:
        return ServerUnreachable(
            f"no server answers at {self.base_url} ({error or type(error).__name__}); "
            "start one with: hna serve"
        )

    def _refused(self, response: httpx2.Response) -> HnaError:
        retry_after = response.headers.get("retry-after")
        return error_of(response.status_code, response.content, self.base_url, retry_after)

    def _read(self, kind: type[T], response: httpx2.Response) -> T:
        return self._value(kind, response.content)

    def _value(self, kind: type[T], sent: bytes | str) -> T:
        try:
            value: T = adapter(kind).validate_json(sent)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise LutError(
                f"what answers at {self.base_url} is no lookup-table server of this version: "
                f"{'.'.join(map(str, first['loc']))}: {first['msg']}; compare hna --version there"
            ) from error
        return value


def worth_another_try(error: Exception) -> bool | float:
    """Return whether a request that failed with *error* may succeed if sent again, or when."""
    if isinstance(error, ServerUnreachable):
        return True
    if not isinstance(error, ServerRefused) or error.status not in PASSING:
        return False
    return error.retry_after_s <= LONGEST_PAUSE_S and (error.retry_after_s or True)


def _connect(base_url: str, timeout_s: float) -> httpx2.Client:
    """Open a client; no proxy stands between this machine and itself."""
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise LutError(f"{base_url!r} is no address of a server; write one like {DEFAULT_URL}")
    trust_env = parts.hostname not in LOOPBACK
    return httpx2.Client(base_url=base_url, timeout=timeout_s, trust_env=trust_env)


def segment(text: str) -> str:
    """Return *text* as a segment of an address."""
    return quote(text, safe="@")


def query_of(fields: Mapping[str, Any]) -> str:
    """Return *fields* as the query of an address; of a list, one parameter each."""
    text = urlencode(fields, doseq=True)
    return f"?{text}" if text else ""
