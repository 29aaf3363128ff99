"""Queries about tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from lut_server.models import TokenRow


class TokenRepository:
    """Tokens in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: TokenRow) -> None:
        """Add a token."""
        self._session.add(row)
        self._session.flush()

    def all(self) -> Sequence[TokenRow]:
        """Return all tokens, the oldest first, revoked ones too."""
        return self._session.scalars(select(TokenRow).order_by(TokenRow.created_at)).all()

    def of_enrolment(self, enrolment_id: str) -> Sequence[TokenRow]:
        """Return the tokens that came of an enrolment, the oldest first."""
        query = select(TokenRow).where(TokenRow.enrolment_id == enrolment_id)
        return self._session.scalars(query.order_by(TokenRow.created_at)).all()

    def find(self, token_id: str) -> TokenRow | None:
        """Return a token, if there is one of that id."""
        return self._session.get(TokenRow, token_id)

    def with_digest(self, sha256: str) -> TokenRow | None:
        """Return the token of a secret, by its hash."""
        return self._session.scalars(select(TokenRow).where(TokenRow.sha256 == sha256)).first()

    def any(self, *, good: bool) -> bool:
        """Return whether there is a token at all, or one that is not revoked."""
        query = select(TokenRow.id).limit(1)
        if good:
            query = query.where(TokenRow.revoked_at.is_(None))
        return self._session.scalar(query) is not None

    def note_use(self, token_id: str, at: str, unless_after: str) -> bool:
        """Note that a token was used, unless a use after *unless_after* is; return whether."""
        unknown = TokenRow.last_used_at.is_(None)
        older = or_(unknown, TokenRow.last_used_at <= unless_after)
        change = update(TokenRow).where(TokenRow.id == token_id, older).values(last_used_at=at)
        return cast(CursorResult[Any], self._session.execute(change)).rowcount == 1
