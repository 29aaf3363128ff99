"""
Who may ask this server anything.

On loopback a server is open as long as not one token was ever made for it: the first run just
works.  From the first token on it is closed to requests without one, and stays so when that token
is revoked.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from lut_server.clock import Clock
from lut_server.database import Database
from lut_server.tokens.repository import TokenRepository
from lut_server.tokens.service import TokenService, use_is_noted
from lut_server.tokens.token import Token
from profiler.errors import StoreFailed, TokenMissing

LOOK_EVERY = timedelta(seconds=1)
"""How often an open server looks whether a first token was made."""

log = logging.getLogger(__name__)


class Access:
    """
    Tells requests that are welcome from those that are not; threads may share it.

    Args:
        database: holds the tokens.
        clock: tells the time, in UTC.
        required: whether every request needs a token, also while there are none.
    """

    def __init__(self, database: Database, clock: Clock, *, required: bool) -> None:
        self._database = database
        self._clock = clock
        self._required = required
        self._looked_at: datetime | None = None

    def admit(self, authorization: str | None) -> Token | None:
        """
        Return the token that a request carries; None where the server is open.

        Args:
            authorization: the header of that name.

        Raises:
            TokenMissing: it carries none.
            TokenInvalid: it carries one that does not count.
        """
        if not self._asks_for_tokens():
            return None
        secret = _bearer(authorization)
        if secret is None:
            raise TokenMissing(
                "this server answers requests with a token only; set HNA_TOKEN_FILE or HNA_TOKEN, "
                "or send the header 'authorization: Bearer TOKEN'"
            )
        with self._database.reading() as session:
            return self._tokens(session).holder(secret)

    def use_is_noted(self, token: Token) -> bool:
        """Return whether there is nothing to note; asks only the clock."""
        return use_is_noted(token, self._clock())

    def note_use(self, token: Token) -> None:
        """Note that a token was used; a database too busy for that is left in peace."""
        try:
            with self._database.writing() as session:
                self._tokens(session).note_use(token)
        except StoreFailed as error:
            log.warning("the use of token %s was not noted: %s", token.id, error)

    def has_good_token(self) -> bool:
        """Return whether there is a token that is not revoked."""
        with self._database.reading() as session:
            return TokenRepository(session).any(good=True)

    def _asks_for_tokens(self) -> bool:
        now = self._clock()
        if self._required or (self._looked_at and now - self._looked_at < LOOK_EVERY):
            return self._required
        with self._database.reading() as session:
            exists = TokenRepository(session).any(good=False)
        self._required = self._required or exists  # another thread may know better
        self._looked_at = now
        return self._required

    def _tokens(self, session: Session) -> TokenService:
        return TokenService(TokenRepository(session), self._clock)


def _bearer(authorization: str | None) -> str | None:
    scheme, _, secret = (authorization or "").partition(" ")
    return secret.strip() or None if scheme.lower() == "bearer" else None
