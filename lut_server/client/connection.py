"""
A connection to the server: one request, one answer, and errors as the project's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote, urlsplit

import httpx2
from pydantic import ValidationError

from lut_server.credentials import require_token, token_from_environment
from lut_server.documents import adapter
from lut_server.problems import error_of
from lut_server.wire import Message
from profiler.errors import LutError, ServerUnreachable
from profiler.table import Table

DEFAULT_URL = "http://127.0.0.1:8765"
"""Where ``hna serve`` with no options listens."""

TIMEOUT_S = 30.0
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
        timeout_s: float = TIMEOUT_S,
    ) -> None:
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
        token = self._token or token_from_environment()
        self._headers = {"authorization": f"Bearer {token}"} if token else {}

    def health(self) -> None:
        """Return if the server is there."""
        self._send("GET", "/healthz")

    def _ask(self, kind: type[T], method: str, path: str, message: Message | None = None) -> T:
        return self._read(kind, self._send(method, path, message))

    def _send(
        self,
        method: str,
        path: str,
        message: Message | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        sent = self._headers | dict(headers or {})
        content = None
        if message is not None:
            content = message.model_dump_json().encode()
            sent["content-type"] = "application/json"
        try:
            response = self._http.request(method, path, content=content, headers=sent)
        except httpx2.RequestError as error:
            raise ServerUnreachable(
                f"no server answers at {self.base_url} ({error or type(error).__name__}); "
                "start one with: hna serve"
            ) from error
        if response.is_success or response.status_code == 304:
            return response
        retry_after = response.headers.get("retry-after")
        raise error_of(response.status_code, response.content, self.base_url, retry_after)

    def _read(self, kind: type[T], response: httpx2.Response) -> T:
        try:
            value: T = adapter(kind).validate_json(response.content)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise LutError(
                f"what answers at {self.base_url} is no lookup-table server of this version: "
                f"{'.'.join(map(str, first['loc']))}: {first['msg']}; compare hna --version there"
            ) from error
        return value


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
