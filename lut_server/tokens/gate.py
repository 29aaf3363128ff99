"""
The guard in front of every endpoint, in two steps.

``Gate`` asks who is there, before anything of the request is read but its headers; it answers for
addresses that do not exist, too.  ``require_scope`` asks whether that is enough for this endpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from lut_server.asking import Asking
from lut_server.errors import problem_responses, refusal
from lut_server.tables.quick import CHANGES, whole_table
from lut_server.tokens.access import Access, credential_of
from lut_server.tokens.scopes import scope_needed
from lut_server.tokens.token import Token, covers
from lut_server.web.places import is_open, is_page, to_login, token_of
from profiler.errors import HnaError, OriginRefused, TokenInvalid, TokenMissing, TokenScope

ALWAYS_OPEN = ("/healthz", "/readyz")
"""What a watchdog asks, which holds no token and learns nothing."""

AT_THE_DOOR = ("POST", "/v1/enrolments/redeem")
"""What a board asks that has no token yet; other methods of the address are others' business."""

REFUSALS: dict[int | str, dict[str, Any]] = {
    status: described
    for status, described in problem_responses(
        TokenMissing, TokenInvalid, TokenScope, OriginRefused
    ).items()
    if status in (401, 403)
}
"""What the OpenAPI document says of every guarded endpoint."""

_BEARER = HTTPBearer(
    auto_error=False, description="Needed unless the server is open; see docs/protocol.md."
)


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a request with this secret, of which only the hash is kept, is let in."""

    access: Access
    credential: str | None

    def answer(self, session: Session) -> Token | None:
        """Return the token, or raise what ``Access.admit`` raises."""
        return self.access.admit_in(session, self.credential)


class Gate:
    """
    ASGI middleware that lets requests pass that ``Access`` admits.

    Requests that arrive together ask the store together, each after it arrived: a token that was
    revoked counts for nothing from the next request on.

    Args:
        app: what is behind the gate.
        access: decides.
        asking: asks the store for many requests at once.
    """

    def __init__(self, app: ASGIApp, access: Access, asking: Asking) -> None:
        self._app = app
        self._access = access
        self._asking = asking

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on with the token it came with."""
        if scope["type"] == "http" and self._access.is_open():
            scope.setdefault("state", {})["token"] = None
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http" or _needs_no_token(scope["method"], scope["path"]):
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        try:
            token = state["token"] = await self._admitted(scope, state)
        except HnaError as error:
            unknown = isinstance(error, TokenMissing | TokenInvalid) and is_page(scope["path"])
            answer = to_login(scope) if unknown else refusal(error)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)
        if token is not None and not self._access.use_is_noted(token):
            await run_in_threadpool(self._access.note_use, token)

    async def _admitted(self, scope: Scope, state: dict[str, Any]) -> Token | None:
        """Ask who is there, and in the same breath what a whole table is answered by."""
        asked_at = self._access.now()
        question = Admission(self._access, credential_of(authorization_of(scope)))
        if whole_table(scope) is None:
            (token,) = await self._asking.ask(question)
        else:
            token, state["table_changes"] = await self._asking.ask(question, CHANGES)
        if token is None:
            self._access.seen_open(asked_at)
        return cast("Token | None", token)


def _needs_no_token(method: str, path: str) -> bool:
    return path in ALWAYS_OPEN or is_open(path) or (method, path) == AT_THE_DOOR


def authorization_of(scope: Scope) -> str | None:
    """Return what a request says of who it is from; of a page, its cookie may say it."""
    header = Headers(scope=scope).get("authorization")
    token = token_of(scope) if header is None else None
    return header if token is None else f"Bearer {token}"


async def require_scope(
    request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]
) -> None:
    """
    Check that the request's token allows what it asks for.

    Raises:
        TokenScope: it does not.
    """
    token: Token | None = request.state.token
    needed = scope_needed(request.method, request.scope["route"].name)
    if token is not None and not covers(token.scope, needed):
        raise TokenScope(
            f"token {token.id} ({token.name}) has scope {token.scope}, this request needs "
            f"{needed}; use a token of that scope"
        )
