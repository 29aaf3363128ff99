"""
What a search found, published where its table is, so that others can look at it.

The result is in the run's folder whether or not a server took it: what could not be published is
a warning, never an error.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime

from lut_server.client import LutClient
from lut_server.wire import SearchedNetwork
from profiler.errors import LutError
from profiler.measuring.software import software_versions
from profiler.operations import operation_key
from search.conclusion import Found, Outcome


def publish(client: LutClient, found: Found) -> Iterator[str]:
    """
    Publish the network of *found* once for each device, and yield what did not work.

    Args:
        client: of the server the search used.
        found: by the search.
    """
    for outcome in found.outcomes:
        try:
            client.publish_network(searched_network(found, outcome))
        except LutError as error:
            yield f"the network was not published for {outcome.device.name}: {error}"


def searched_network(found: Found, outcome: Outcome) -> SearchedNetwork:
    """Return what a server is told; one measurement of one network always has one id."""
    device, summary = outcome.device, outcome.deployment.summary
    measured = outcome.deployment.measurement_id
    identity = f"{device.table.name} {operation_key(found.network)} {measured}"
    accuracy = {k: v for k, v in asdict(found.metrics).items() if isinstance(v, float)}
    return SearchedNetwork(
        id=hashlib.sha256(identity.encode()).hexdigest()[:32],
        name=f"{found.dataset.name} on {device.name}, {device.budget_us / 1000:.3g} ms"[:200],
        network=found.network,
        table=device.table.name,
        table_version=device.table.version,
        predicted_us=outcome.predicted_us,
        measured_us=summary.latency_us,
        measured_low_us=summary.low_us,
        measured_high_us=summary.high_us,
        measurement_id=measured,
        budget_us=device.budget_us,
        accuracy=accuracy,
        searched_at=datetime.now(UTC).isoformat(timespec="seconds"),
        software=software_versions(),
    )
