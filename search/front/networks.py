"""The networks of a front, or the one that keeps all budgets, with what is known of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from profiler.cost import cost_of
from profiler.errors import EntryMissing
from profiler.operations import Network, operation_graph
from profiler.space import network
from search.front.devices import FrontDevice
from search.front.points import FrontPoint, front, network_within
from search.front.run import SearchedRun
from search.limits import Costs
from search.stage2.costs import latency_costs


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """
    A network nobody has trained yet.

    Args:
        network: what it is.
        point: its score, and its latency on every device, in microseconds.
        loss: validation loss the scores promise: that of the base network less the score.
        macs: multiply-accumulates.
        parameters: every trainable number.
    """

    network: Network
    point: FrontPoint
    loss: float
    macs: int
    parameters: int


def promised_networks(
    run: SearchedRun, devices: Sequence[FrontDevice], points: int
) -> list[Promised]:
    """
    Return the one network that keeps every budget, or without any the fronts of all devices.

    Args:
        run: of the search.
        devices: at least one; no two of one name.
        points: budgets for each device, where none has its own.

    Raises:
        EntryMissing: names every operation a table has no row for.
        TableMismatch: a table is of another image size or batch.
        BudgetInfeasible: no network meets one of the budgets; names the smallest that is met.
        LimitsInfeasible: each budget can be met, but not all by one network.
    """
    costs = {device.name: _costs(run, device) for device in devices}
    limits = [limit for device in devices if (limit := device.limit(costs[device.name]))]
    if limits:
        found = [network_within(run.candidates, run.scores, costs, limits)]
    else:
        found = front(run.candidates, run.scores, costs, points)
    return [_promised(run, point) for point in found]


def _costs(run: SearchedRun, device: FrontDevice) -> Costs:
    space, topology = run.configuration.space, run.topology
    try:
        return latency_costs(space, topology, run.candidates, device.table, device.calibration)
    except EntryMissing as error:
        way_out = "while its agent runs, have them measured with: hna front --measure"
        raise EntryMissing(error.keys, error.table, way_out) from error


def _promised(run: SearchedRun, point: FrontPoint) -> Promised:
    found = network(run.configuration.space, run.topology, point.candidates)
    cost = cost_of(operation_graph(found))
    return Promised(
        network=found,
        point=point,
        loss=run.kept.base.loss - point.score,
        macs=cost.macs,
        parameters=cost.parameters,
    )
