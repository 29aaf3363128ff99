"""Tokens, enrolment, and what administrators did."""

from __future__ import annotations

from urllib.parse import urlencode

from lut_server.client.connection import Connection, segment
from lut_server.tokens.token import Token
from lut_server.wire import (
    AuditView,
    EnrolmentMade,
    EnrolmentRequest,
    EnrolmentView,
    Redeemed,
    Redemption,
)


class Admission(Connection):
    """The client's methods about who is let in, and what administrators did."""

    def enrol(self, request: EnrolmentRequest) -> EnrolmentMade:
        """Make a code that boards turn into tokens; it is shown this once."""
        return self._ask(EnrolmentMade, "POST", "/v1/enrolments", request)

    def enrolments(self) -> tuple[EnrolmentView, ...]:
        """Return all enrolments, the newest first."""
        return self._ask(tuple[EnrolmentView, ...], "GET", "/v1/enrolments")

    def revoke_enrolment(self, enrolment_id: str, *, tokens: bool = False) -> EnrolmentView:
        """Have a code open nothing any more; with *tokens* also what came of it."""
        query = "?tokens=true" if tokens else ""
        path = f"/v1/enrolments/{segment(enrolment_id)}{query}"
        return self._ask(EnrolmentView, "DELETE", path)

    def redeem(self, code: str) -> Redeemed:
        """Turn a code into a token, which is shown this once."""
        return self._ask(Redeemed, "POST", "/v1/enrolments/redeem", Redemption(code=code))

    def known_tokens(self) -> tuple[Token, ...]:
        """Return all tokens, the oldest first, revoked ones too."""
        return self._ask(tuple[Token, ...], "GET", "/v1/tokens")

    def my_token(self) -> Token | None:
        """Return the token this client shows; None where the server asks for none."""
        response = self._send("GET", "/v1/tokens/mine")
        return None if response.content == b"null" else self._read(Token, response)

    def revoke_token(self, token_id: str) -> Token:
        """Have a token allow nothing any more."""
        return self._ask(Token, "DELETE", f"/v1/tokens/{segment(token_id)}")

    def audit(
        self,
        *,
        limit: int = 100,
        before: int | None = None,
        action: str | None = None,
        subject: str | None = None,
    ) -> tuple[AuditView, ...]:
        """
        Return what administrators did, the newest first.

        Args:
            limit: at most so many, up to 1000.
            before: only what was done before the one of this id.
            action: only such actions, such as ``start_campaign``.
            subject: only what was done to this.
        """
        asked = {"limit": limit, "before": before, "action": action, "subject": subject}
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        return self._ask(tuple[AuditView, ...], "GET", f"/v1/audit?{query}")
