"""Rules about searched networks: published once, by an id the search makes, never changed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from lut_server.clock import Clock, iso
from lut_server.models import SearchedNetworkRow, TableRow
from lut_server.networks.repository import NetworkRepository
from lut_server.wire import SearchedNetwork, SearchedNetworkView
from profiler.errors import NetworkConflict, NetworkUnknown, TableUnknown


class NetworkService:
    """What can be done with searched networks."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._networks = NetworkRepository(session)
        self._clock = clock

    def publish(self, network: SearchedNetwork) -> SearchedNetworkView:
        """
        Keep what a search found; publishing the same again changes nothing.

        Raises:
            TableUnknown: there is no table of the name it was searched with.
            NetworkConflict: the id is known with another content.
        """
        row = self._networks.find(network.id)
        if row is None:
            row = self._keep(network)
        elif row.document != network.model_dump(mode="json"):
            raise NetworkConflict(
                f"network {network.id} was published at {row.published_at} with another content; "
                "a new result needs a new id"
            )
        return _view(row)

    def get(self, network_id: str) -> SearchedNetworkView:
        """Return one searched network, or raise ``NetworkUnknown``."""
        row = self._networks.find(network_id)
        if row is None:
            raise NetworkUnknown(
                f"no searched network has id {network_id!r}; GET /v1/networks lists them"
            )
        return _view(row)

    def latest(
        self, table: str | None, count: int, skip: int = 0
    ) -> tuple[SearchedNetworkView, ...]:
        """Return the latest ones, the newest first; of one table if it is named."""
        return tuple(_view(row) for row in self._networks.latest(table, count, skip))

    def _keep(self, network: SearchedNetwork) -> SearchedNetworkRow:
        if self._session.get(TableRow, network.table) is None:
            raise TableUnknown(
                f"there is no table {network.table!r} here; publish a network where the table it "
                "was searched with is"
            )
        row = SearchedNetworkRow(
            id=network.id,
            table_name=network.table,
            published_at=iso(self._clock()),
            document=network.model_dump(mode="json"),
        )
        self._networks.add(row)
        return row


def _view(row: SearchedNetworkRow) -> SearchedNetworkView:
    return SearchedNetworkView.model_validate(row.document | {"published_at": row.published_at})
