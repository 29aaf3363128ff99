"""
One search of a sweep, performed wherever this is called, and what became of it.

A search that went wrong is a fact of the sweep, not its end: the error's one line is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lut_server.client import LutClient
from profiler.errors import HnaError
from search.data.folder import open_folder
from search.listener import Listener
from search.pipeline import Search
from search.run_folder import RunFolder, read_json
from search.sweep.plan import Order
from search.target import find_target


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    What became of one search.

    Args:
        name: of the search.
        device: as the sweep names it.
        budget_us: in microseconds.
        seed: of everything random.
        predicted_us: latency of the network by the table; None if the search failed.
        measured_us: latency its device measured.
        miou: on the test list.
        simulated: whether the device is one.
        error: why it failed, in one line.
    """

    name: str
    device: str
    budget_us: float
    seed: int
    predicted_us: float | None = None
    measured_us: float | None = None
    miou: float | None = None
    simulated: bool = False
    error: str | None = None


def perform(order: Order, listener: Listener | None = None) -> Outcome:
    """Search, or go on with the search, or read the result of one that is finished."""
    try:
        return succeeded(order, _result(order, listener or Listener()))
    except HnaError as error:
        return failed(order, str(error))


def succeeded(order: Order, result: Mapping[str, Any]) -> Outcome:
    """Return the outcome of a search that ended with *result*."""
    return Outcome(
        name=order.name,
        device=order.device,
        budget_us=order.budget_us,
        seed=order.configuration.seed,
        predicted_us=result["predicted_us"],
        measured_us=result["measured_us"],
        miou=result["metrics"]["miou"],
        simulated=result["simulated"],
    )


def failed(order: Order, error: str) -> Outcome:
    """Return the outcome of a search that failed."""
    return Outcome(
        name=order.name,
        device=order.device,
        budget_us=order.budget_us,
        seed=order.configuration.seed,
        error=" ".join(error.split()),
    )


def _result(order: Order, listener: Listener) -> Mapping[str, Any]:
    folder, configuration = RunFolder(order.folder), order.configuration
    dataset = open_folder(order.data, split=order.split, seed=configuration.seed)
    with LutClient(order.server) as client:
        target = find_target(client, order.device)
        folder.claim(configuration, dataset, {target.table: configuration.budget_us})
        if folder.result.exists():
            finished: Mapping[str, Any] = read_json(folder.result)
            return finished
        return Search(
            client=client,
            targets=[target],
            dataset=dataset,
            configuration=configuration,
            folder=folder,
            listener=listener,
        ).run()
