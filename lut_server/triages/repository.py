"""Queries about what could not be measured for a table."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lut_server.models import GapRow, SessionRow


def gap_digests(session: Session, table: str) -> frozenset[str]:
    """Return the digests of the operations that could not be measured for *table*."""
    query = select(GapRow.digest).join(SessionRow, SessionRow.id == GapRow.session_id)
    return frozenset(session.scalars(query.where(SessionRow.table_name == table)))
