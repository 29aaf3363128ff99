"""Tokens, enrolments, and what administrators did."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from lut_server.tokens.token import Scope
from lut_server.wire.message import Message


class EnrolmentRequest(Message):
    """Let boards in: ``POST /v1/enrolments``; their tokens will be of scope ``agent``."""

    name: str = Field(min_length=1, max_length=200)
    minutes: float = Field(default=15.0, gt=0, le=7 * 24 * 60)
    uses: int = Field(default=1, ge=1, le=10_000)


class EnrolmentView(Message):
    """
    A code that boards turn into tokens; the code itself is not known any more.

    ``state`` is ``open`` while another board can use it.
    """

    id: str
    name: str
    uses: int
    used: int
    created_at: str
    expires_at: str
    revoked_at: str | None = None
    state: Literal["open", "used up", "expired", "revoked"]


class EnrolmentMade(Message):
    """What ``POST /v1/enrolments`` answers; the code is shown this once."""

    enrolment: EnrolmentView
    code: str


class Redemption(Message):
    """A board turns a code into a token: ``POST /v1/enrolments/redeem``; needs no token."""

    code: str = Field(min_length=1, max_length=64)


class Redeemed(Message):
    """The token a board was given; the secret is shown this once."""

    token_id: str
    name: str
    scope: Scope
    secret: str


class AuditView(Message):
    """
    Something an administrator did.

    ``actor`` is the name of the token that was shown, ``local`` on a server that asks for none,
    ``local:USER`` for a command beside the database, ``enrolment:ID`` for a board that enrolled.
    """

    id: int
    at: str
    actor: str
    token_id: str | None
    action: str
    subject: str
    detail: dict[str, Any]
    request_id: str | None
