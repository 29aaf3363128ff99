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
from lut_server.tokens.token import Token, digest_of
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

    def is_open(self) -> bool:
        """Return whether the server is known to be open; asks only the clock."""
        if self._required or self._looked_at is None:
            return False
        return self._clock() - self._looked_at < LOOK_EVERY

    def now(self) -> datetime:
        """Return the time."""
        return self._clock()

    def seen_open(self, at: datetime) -> None:
        """Take note that the server was found open when asked at that moment."""
        self._looked_at = at

    def admit(self, authorization: str | None) -> Token | None:
        """
        Return the token that a request carries; None where the server is open.

        Args:
            authorization: the header of that name.

        Raises:
            TokenMissing: it carries none.
            TokenInvalid: it carries one that does not count.
        """
        with self._database.reading() as session:
            return self.admit_in(session, credential_of(authorization))

    def admit_in(self, session: Session, credential: str | None) -> Token | None:
        """Do what ``admit`` does in a transaction that reads, by a secret's hash."""
        if not self._asks_for_tokens(session):
            return None
        if credential is None:
            raise TokenMissing(
                "this server answers requests with a token only; set HNA_TOKEN_FILE or HNA_TOKEN, "
                "or send the header 'authorization: Bearer TOKEN'"
            )
        return self._tokens(session).holder_of(credential)

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

    def _asks_for_tokens(self, session: Session) -> bool:
        if not self._required:
            now = self.now()  # before looking: what is seen is not older than this
            self._required = TokenRepository(session).any(good=False)
            self.seen_open(now)
        return self._required

    def _tokens(self, session: Session) -> TokenService:
        return TokenService(TokenRepository(session), self._clock)


def credential_of(authorization: str | None) -> str | None:
    """Return the hash of the secret that a header carries; None where it carries none."""
    scheme, _, secret = (authorization or "").partition(" ")
    secret = secret.strip() if scheme.lower() == "bearer" else ""
    return digest_of(secret) if secret else None
