"""Queries about enrolments."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from lut_server.models import EnrolmentRow


class EnrolmentRepository:
    """Enrolments in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: EnrolmentRow) -> None:
        """Add an enrolment."""
        self._session.add(row)
        self._session.flush()

    def all(self) -> Sequence[EnrolmentRow]:
        """Return all enrolments, the newest first."""
        order = (EnrolmentRow.created_at.desc(), EnrolmentRow.id)
        return self._session.scalars(select(EnrolmentRow).order_by(*order)).all()

    def find(self, enrolment_id: str) -> EnrolmentRow | None:
        """Return an enrolment, if there is one of that id."""
        return self._session.get(EnrolmentRow, enrolment_id)

    def with_digest(self, sha256: str) -> EnrolmentRow | None:
        """Return the enrolment of a code, by its hash."""
        query = select(EnrolmentRow).where(EnrolmentRow.sha256 == sha256)
        return self._session.scalars(query).first()
