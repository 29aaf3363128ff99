"""Rules about tokens: made and revoked by whoever can open the database, never over HTTP."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import cast

from lut_server.clock import Clock, iso
from lut_server.models import TokenRow
from lut_server.tokens.repository import TokenRepository
from lut_server.tokens.token import Scope, Token, digest_of, new_secret
from profiler.errors import HnaError, TokenInvalid

RESOLUTION = timedelta(minutes=1)
"""How exactly uses are noted: more often, every request that reads would write."""


class TokenService:
    """What can be done with tokens."""

    def __init__(self, tokens: TokenRepository, clock: Clock) -> None:
        self._tokens = tokens
        self._clock = clock

    def create(self, name: str, scope: Scope) -> tuple[Token, str]:
        """Make a token; return it and its secret, which is kept nowhere."""
        if not name.strip() or not name.isprintable():
            raise HnaError(f"a token named {name!r} could not be told from others; name its user")
        secret = new_secret()
        row = TokenRow(
            id=secrets.token_hex(6),
            name=name,
            scope=scope,
            sha256=digest_of(secret),
            created_at=iso(self._clock()),
        )
        self._tokens.add(row)
        return _token(row), secret

    def all(self) -> tuple[Token, ...]:
        """Return all tokens, the oldest first, revoked ones too."""
        return tuple(_token(row) for row in self._tokens.all())

    def revoke(self, token_id: str) -> Token:
        """Have a token allow nothing any more; revoking twice is harmless."""
        row = self._tokens.find(token_id)
        if row is None:
            raise HnaError(f"no token has id {token_id!r}; hna token list shows them")
        if row.revoked_at is None:
            row.revoked_at = iso(self._clock())
        return _token(row)

    def holder(self, secret: str) -> Token:
        """Return the token of a secret, or raise ``TokenInvalid``."""
        row = self._tokens.with_digest(digest_of(secret))
        if row is None:
            raise TokenInvalid(
                "this server does not know the token; make one with hna token create where its "
                "database is"
            )
        if row.revoked_at is not None:
            raise TokenInvalid(
                f"token {row.id} ({row.name}) was revoked at {row.revoked_at}; ask for a new one"
            )
        return _token(row)

    def note_use(self, token: Token) -> None:
        """Note that *token* was used now, unless that was just noted."""
        now = self._clock()
        self._tokens.note_use(token.id, iso(now), unless_after=iso(now - RESOLUTION))


def use_is_noted(token: Token, now: datetime) -> bool:
    """Return whether a use of *token* was noted less than ``RESOLUTION`` ago."""
    return token.last_used_at is not None and token.last_used_at > iso(now - RESOLUTION)


def _token(row: TokenRow) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        scope=cast(Scope, row.scope),
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
