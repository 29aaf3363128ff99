"""
Rules about enrolment.

A code that is mistyped, expired, used up or revoked gets one and the same answer: whoever guesses
learns nothing about the codes there are.  A server that never had a token has no use for codes,
and the first board to use one would close it to everyone else; so an administrator's token comes
first.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Literal

from lut_server.clock import Clock, iso
from lut_server.enrolment.code import code_digest, new_code
from lut_server.enrolment.repository import EnrolmentRepository
from lut_server.models import EnrolmentRow
from lut_server.tokens.service import TokenService, require_name
from lut_server.tokens.token import Token
from lut_server.wire.access import EnrolmentMade, EnrolmentRequest, EnrolmentView, Redeemed
from profiler.errors import EnrolmentNeedless, EnrolmentRefused, EnrolmentUnknown


class EnrolmentService:
    """What can be done with enrolments."""

    def __init__(self, enrolments: EnrolmentRepository, tokens: TokenService, clock: Clock) -> None:
        self._enrolments = enrolments
        self._tokens = tokens
        self._clock = clock

    def create(self, request: EnrolmentRequest) -> EnrolmentMade:
        """
        Make a code, which is kept nowhere.

        Raises:
            EnrolmentNeedless: not one token was ever made for this server.
            HnaError: the name could not be told from others.
        """
        require_name(request.name)
        if not self._tokens.any():
            raise EnrolmentNeedless(
                "this server never had a token, so it asks nobody for one; make your own first, "
                "where its database is: hna token create --scope admin --name NAME"
            )
        now, code = self._clock(), new_code()
        row = EnrolmentRow(
            id=secrets.token_hex(6),
            name=request.name,
            sha256=code_digest(code),
            uses=request.uses,
            used=0,
            created_at=iso(now),
            expires_at=iso(now + timedelta(minutes=request.minutes)),
        )
        self._enrolments.add(row)
        return EnrolmentMade(enrolment=self._view(row), code=code)

    def all(self) -> tuple[EnrolmentView, ...]:
        """Return all enrolments, the newest first."""
        return tuple(self._view(row) for row in self._enrolments.all())

    def revoke(self, enrolment_id: str, *, tokens: bool) -> tuple[EnrolmentView, tuple[Token, ...]]:
        """
        Have a code open nothing any more; revoking twice is harmless.

        Args:
            enrolment_id: of the enrolment.
            tokens: whether the tokens that came of it are revoked, too.

        Returns:
            the enrolment and the tokens revoked with it.

        Raises:
            EnrolmentUnknown: there is none of that id.
        """
        row = self._enrolments.find(enrolment_id)
        if row is None:
            raise EnrolmentUnknown(
                f"no enrolment has id {enrolment_id!r}; hna token enrolments shows them"
            )
        if row.revoked_at is None:
            row.revoked_at = iso(self._clock())
        revoked = self._tokens.revoke_those_of(enrolment_id) if tokens else ()
        return self._view(row), revoked

    def redeem(self, code: str) -> tuple[EnrolmentView, Redeemed]:
        """
        Turn a code into a token of scope ``agent``.

        Raises:
            EnrolmentRefused: it opens nothing, for whatever reason.
        """
        row = self._enrolments.with_digest(code_digest(code))
        if row is None or self._state(row) != "open":
            raise EnrolmentRefused(
                "this code opens nothing here: it is mistyped, expired, used up or revoked; ask "
                "for a new one: hna token enrol --name NAME, where the server is"
            )
        row.used += 1
        name = row.name if row.uses == 1 else f"{row.name}-{row.used}"
        token, secret = self._tokens.create(name, "agent", row.id)
        redeemed = Redeemed(token_id=token.id, name=name, scope=token.scope, secret=secret)
        return self._view(row), redeemed

    def _view(self, row: EnrolmentRow) -> EnrolmentView:
        return EnrolmentView(
            id=row.id,
            name=row.name,
            uses=row.uses,
            used=row.used,
            created_at=row.created_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
            state=self._state(row),
        )

    def _state(self, row: EnrolmentRow) -> Literal["open", "used up", "expired", "revoked"]:
        if row.revoked_at is not None:
            return "revoked"
        if row.used >= row.uses:
            return "used up"
        return "open" if iso(self._clock()) < row.expires_at else "expired"
