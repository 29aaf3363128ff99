"""Networks that searches found."""

from __future__ import annotations

from urllib.parse import urlencode

from lut_server.client.connection import Connection, segment
from lut_server.wire import SearchedNetwork, SearchedNetworkView


class Networks(Connection):
    """The client's methods about searched networks."""

    def publish_network(self, network: SearchedNetwork) -> SearchedNetworkView:
        """Have the server keep what a search found; sending it again changes nothing."""
        return self._ask(SearchedNetworkView, "POST", "/v1/networks", network, repeatable=True)

    def networks(
        self, table: str | None = None, *, limit: int = 100, skip: int = 0
    ) -> tuple[SearchedNetworkView, ...]:
        """Return the latest searched networks, the newest first; of one table if it is named."""
        asked = {"limit": limit, "skip": skip} | ({} if table is None else {"table": table})
        path = f"/v1/networks?{urlencode(asked)}"
        return self._ask(tuple[SearchedNetworkView, ...], "GET", path)

    def network(self, network_id: str) -> SearchedNetworkView:
        """Return one searched network."""
        return self._ask(SearchedNetworkView, "GET", f"/v1/networks/{segment(network_id)}")
