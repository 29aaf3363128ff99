"""``/v1/networks``: what searches found."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from lut_server.errors import problem_responses
from lut_server.json_requests import JsonRoute
from lut_server.networks.deps import Networks
from lut_server.wire import SearchedNetwork, SearchedNetworkView
from profiler.errors import NetworkConflict, NetworkUnknown, TableUnknown

router = APIRouter(prefix="/v1/networks", tags=["networks"], route_class=JsonRoute)


@router.post("", status_code=201, responses=problem_responses(TableUnknown, NetworkConflict))
def publish_network(network: SearchedNetwork, networks: Networks) -> SearchedNetworkView:
    """Keep what a search found; sending it again changes nothing."""
    return networks.publish(network)


@router.get("", responses=problem_responses())
def list_networks(
    networks: Networks,
    table: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    skip: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> tuple[SearchedNetworkView, ...]:
    """Return the latest searched networks, the newest first; of one table if it is named."""
    return networks.latest(table, limit, skip)


@router.get("/{network_id}", responses=problem_responses(NetworkUnknown))
def get_network(network_id: str, networks: Networks) -> SearchedNetworkView:
    """Return one searched network."""
    return networks.get(network_id)
