"""Who may ask the server what, and who did what to it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lut_server.models.row import Row


class EnrolmentRow(Row):
    """A code that boards turn into tokens, of which only the hash is kept."""

    __tablename__ = "enrolments"

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    uses: Mapped[int]
    used: Mapped[int]
    created_at: Mapped[str]
    expires_at: Mapped[str]
    revoked_at: Mapped[str | None]


class TokenRow(Row):
    """A bearer token, of which only the hash is kept."""

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str]
    scope: Mapped[str] = mapped_column(String(8))
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[str]
    last_used_at: Mapped[str | None]
    revoked_at: Mapped[str | None]
    enrolment_id: Mapped[str | None] = mapped_column(ForeignKey("enrolments.id"), index=True)


class AuditRow(Row):
    """
    Something an administrator did; added, never changed.

    Neither token nor subject is a foreign key: what was done outlives what it was done to.
    """

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[str] = mapped_column(index=True)
    actor: Mapped[str]
    token_id: Mapped[str | None] = mapped_column(String(12))
    action: Mapped[str] = mapped_column(String(64), index=True)
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]
    request_id: Mapped[str | None] = mapped_column(String(64))
