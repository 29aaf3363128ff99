"""
Every request that only an administrator may make is noted, whoever wrote its endpoint.

The dependency that gives a request its transaction calls ``note_request`` when the endpoint
succeeded and nothing is committed yet.  An endpoint that knows better than its address what it was
about says so through ``Noting``:

    def start_campaign(request: CampaignRequest, campaigns: Campaigns, noting: Noting) -> ...:
        view = campaigns.start(request)
        noting.about(view.id, name=view.name)
        return view
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from lut_server.audit.service import Actor, Audit
from lut_server.clock import Clock
from lut_server.tokens.scopes import scope_needed
from lut_server.tokens.token import Token


class Noted:
    """What is to be noted of a request: its path parameters, unless the endpoint says more."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.by: str | None = None
        self.detail: dict[str, Any] = {}

    def about(self, subject: str | None = None, *, by: str | None = None, **detail: Any) -> None:
        """
        Say what the request was about.

        Args:
            subject: an id, a fingerprint, the name of a table; None leaves what it was.
            by: who does it, where that is not the holder of the token.
            detail: what else matters, as JSON values; never a secret.
        """
        self.subject = self.subject if subject is None else subject
        self.by = by
        self.detail |= detail


async def noted(request: Request) -> Noted:
    """Return what is to be noted of this request, the same to all who ask."""
    return _noted(request)


Noting = Annotated[Noted, Depends(noted)]


def actor_of(request: Request) -> Actor:
    """Return who makes a request, by the token it carried."""
    token: Token | None = getattr(request.state, "token", None)
    request_id: str | None = getattr(request.state, "request_id", None)
    if token is None:
        return Actor(request_id=request_id)
    return Actor(name=token.name, token_id=token.id, request_id=request_id)


def note_request(request: Request, session: Session, clock: Clock) -> None:
    """Note a request in its transaction, if only an administrator may make it."""
    action: str = request.scope["route"].name
    if scope_needed(request.method, action) != "admin" or request.method in ("GET", "HEAD"):
        return
    known = _noted(request)
    actor = actor_of(request)
    if known.by is not None:
        actor = replace(actor, name=known.by)
    Audit(session, actor, clock).note(action, known.subject, **known.detail)


def _noted(request: Request) -> Noted:
    known: Noted | None = getattr(request.state, "noted", None)
    if known is None:
        known = Noted("/".join(map(str, request.path_params.values())))
        request.state.noted = known
    return known
