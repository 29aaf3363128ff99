"""Queries about the audit: added, read, never changed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from lut_server.models import AuditRow


class AuditRepository:
    """The audit in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: AuditRow) -> None:
        """Add what was done."""
        self._session.add(row)
        self._session.flush()

    def latest(
        self, count: int, before: int | None, action: str | None, subject: str | None
    ) -> Sequence[AuditRow]:
        """
        Return what was done, the newest first.

        Args:
            count: at most so many.
            before: only what was done before the one of this id.
            action: only such actions.
            subject: only to this.
        """
        query = select(AuditRow).order_by(AuditRow.id.desc()).limit(count)
        if before is not None:
            query = query.where(AuditRow.id < before)
        if action is not None:
            query = query.where(AuditRow.action == action)
        if subject is not None:
            query = query.where(AuditRow.subject == subject)
        return self._session.scalars(query).all()
