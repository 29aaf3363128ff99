"""Queries about searched networks: added, read, never changed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from lut_server.models import SearchedNetworkRow


class NetworkRepository:
    """Searched networks in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, network_id: str) -> SearchedNetworkRow | None:
        """Return a searched network, if there is one of that id."""
        return self._session.get(SearchedNetworkRow, network_id)

    def add(self, row: SearchedNetworkRow) -> None:
        """Add a searched network."""
        self._session.add(row)
        self._session.flush()

    def latest(self, table: str | None, count: int, skip: int) -> Sequence[SearchedNetworkRow]:
        """Return the latest searched networks, the newest first; of one table if it is named."""
        query = select(SearchedNetworkRow)
        if table is not None:
            query = query.where(SearchedNetworkRow.table_name == table)
        order = (SearchedNetworkRow.published_at.desc(), SearchedNetworkRow.id)
        return self._session.scalars(query.order_by(*order).limit(count).offset(skip)).all()
