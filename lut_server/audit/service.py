"""
Rules of the audit.

What an administrator does is noted in the transaction that does it: neither is there without the
other.  Details say what was asked for in few words; a secret is never one of them.
"""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from lut_server.audit.repository import AuditRepository
from lut_server.clock import Clock, iso
from lut_server.models import AuditRow
from lut_server.wire.access import AuditView

LONGEST_SUBJECT = 500
"""Characters of a subject that are kept; an address can hold more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """
    Who does something.

    Args:
        name: for people; the meanings are those of ``AuditView.actor``.
        token_id: of the token that was shown, if one was.
        request_id: of the request, if it is one.
    """

    name: str = "local"
    token_id: str | None = None
    request_id: str | None = None


def person_here() -> Actor:
    """Return the user of this machine, for commands beside the database."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "?"  # a container's user need not have a name
    return Actor(name=f"local:{user}")


class Audit:
    """
    Notes what one actor does in one transaction, and reads what was done.

    Args:
        session: the transaction.
        actor: who does it.
        clock: tells the time, in UTC.
    """

    def __init__(self, session: Session, actor: Actor, clock: Clock) -> None:
        self._audit = AuditRepository(session)
        self._actor = actor
        self._clock = clock

    def note(self, action: str, subject: str = "", **detail: Any) -> None:
        """
        Note that the actor does something.

        Args:
            action: what, as the name of the API's operation, such as ``start_campaign``.
            subject: what to: an id, a fingerprint, the name of a table.
            detail: what else matters, as JSON values; never a secret.
        """
        row = AuditRow(
            at=iso(self._clock()),
            actor=self._actor.name,
            token_id=self._actor.token_id,
            action=action,
            subject=subject[:LONGEST_SUBJECT],
            detail=detail,
            request_id=self._actor.request_id,
        )
        self._audit.add(row)

    def latest(
        self,
        count: int,
        before: int | None = None,
        action: str | None = None,
        subject: str | None = None,
    ) -> tuple[AuditView, ...]:
        """Return what was done, the newest first; see ``AuditRepository.latest``."""
        rows = self._audit.latest(count, before, action, subject)
        return tuple(_view(row) for row in rows)


def _view(row: AuditRow) -> AuditView:
    return AuditView(
        id=row.id,
        at=row.at,
        actor=row.actor,
        token_id=row.token_id,
        action=row.action,
        subject=row.subject,
        detail=row.detail,
        request_id=row.request_id,
    )
