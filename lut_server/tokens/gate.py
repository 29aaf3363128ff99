"""
The guard in front of every endpoint, in two steps.

``Gate`` asks who is there, before anything of the request is read but its headers; it answers for
addresses that do not exist, too.  ``require_scope`` asks whether that is enough for this endpoint.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from lut_server.errors import problem_responses, refusal
from lut_server.tokens.access import Access
from lut_server.tokens.scopes import scope_needed
from lut_server.tokens.token import Token, covers
from profiler.errors import HnaError, TokenInvalid, TokenMissing, TokenScope

ALWAYS_OPEN = ("/healthz", "/readyz")
"""What a watchdog asks, which holds no token and learns nothing."""

REFUSALS: dict[int | str, dict[str, Any]] = {
    status: described
    for status, described in problem_responses(TokenMissing, TokenInvalid, TokenScope).items()
    if status in (401, 403)
}
"""What the OpenAPI document says of every guarded endpoint."""

_BEARER = HTTPBearer(
    auto_error=False, description="Needed unless the server is open; see docs/protocol.md."
)


class Gate:
    """
    ASGI middleware that lets requests pass that ``Access`` admits.

    Args:
        app: what is behind the gate.
        access: decides.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on with the token it came with."""
        if scope["type"] != "http" or scope["path"] in ALWAYS_OPEN:
            await self._app(scope, receive, send)
            return
        header = Headers(scope=scope).get("authorization")
        try:
            token = await run_in_threadpool(self._access.admit, header)
        except HnaError as error:
            await refusal(error)(scope, receive, send)
            return
        scope.setdefault("state", {})["token"] = token
        await self._app(scope, receive, send)
        if token is not None and not self._access.use_is_noted(token):
            await run_in_threadpool(self._access.note_use, token)


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
