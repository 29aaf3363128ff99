"""Who may ask the server what."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from lut_server.models.row import Row


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
