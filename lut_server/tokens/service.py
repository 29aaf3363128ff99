"""
Rules about tokens.

They are made by whoever can open the database; over HTTP only of scope ``agent``, by enrolment.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import cast

from lut_server.clock import Clock, iso
from lut_server.models import TokenRow
from lut_server.tokens.repository import TokenRepository
from lut_server.tokens.token import Scope, Token, digest_of, new_secret
from profiler.errors import HnaError, TokenInvalid, TokenUnknown

RESOLUTION = timedelta(minutes=1)
"""How exactly uses are noted: more often, every request that reads would write."""


class TokenService:
    """What can be done with tokens."""

    def __init__(self, tokens: TokenRepository, clock: Clock) -> None:
        self._tokens = tokens
        self._clock = clock

    def create(self, name: str, scope: Scope, enrolment_id: str | None = None) -> tuple[Token, str]:
        """Make a token; return it and its secret, which is kept nowhere."""
        require_name(name)
        secret = new_secret()
        row = TokenRow(
            id=secrets.token_hex(6),
            name=name,
            scope=scope,
            sha256=digest_of(secret),
            created_at=iso(self._clock()),
            enrolment_id=enrolment_id,
        )
        self._tokens.add(row)
        return _token(row), secret

    def any(self) -> bool:
        """Return whether a token was ever made, revoked or not."""
        return self._tokens.any(good=False)

    def all(self) -> tuple[Token, ...]:
        """Return all tokens, the oldest first, revoked ones too."""
        return tuple(_token(row) for row in self._tokens.all())

    def revoke(self, token_id: str) -> Token:
        """
        Have a token allow nothing any more; revoking twice is harmless.

        Raises:
            TokenUnknown: there is none of that id.
        """
        row = self._tokens.find(token_id)
        if row is None:
            raise TokenUnknown(f"no token has id {token_id!r}; hna token list shows them")
        return self._revoke(row)

    def revoke_those_of(self, enrolment_id: str) -> tuple[Token, ...]:
        """Have the tokens that came of an enrolment allow nothing any more; return them."""
        return tuple(self._revoke(row) for row in self._tokens.of_enrolment(enrolment_id))

    def holder(self, secret: str) -> Token:
        """Return the token of a secret, or raise ``TokenInvalid``."""
        return self.holder_of(digest_of(secret))

    def holder_of(self, sha256: str) -> Token:
        """Return the token of a secret of which only the hash is at hand, as ``holder`` does."""
        row = self._tokens.with_digest(sha256)
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

    def _revoke(self, row: TokenRow) -> Token:
        if row.revoked_at is None:
            row.revoked_at = iso(self._clock())
        return _token(row)


def require_name(name: str) -> None:
    """
    Check that *name* tells whose a token is.

    Raises:
        HnaError: it is blank, or cannot be printed.
    """
    if not name.strip() or not name.isprintable():
        raise HnaError(f"a token named {name!r} could not be told from others; name its user")


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
        enrolment_id=row.enrolment_id,
    )
