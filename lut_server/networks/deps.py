"""What endpoints about searched networks depend on."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from lut_server.deps import Running, Transaction
from lut_server.networks.service import NetworkService


async def network_service(session: Transaction, running: Running) -> NetworkService:
    """Return the rules about searched networks in this transaction."""
    return NetworkService(session, running.clock)


Networks = Annotated[NetworkService, Depends(network_service, scope="function")]
