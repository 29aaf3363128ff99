"""What a search came to: ``result.json`` and the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from torch import nn

from profiler.cost import cost_of
from profiler.estimation import Certificate
from profiler.operations import Network, Operation, operation_graph
from profiler.table import Table
from search.data.dataset import Dataset
from search.deployment import Deployment
from search.derive import Derived
from search.evaluation import predictions
from search.metrics.metrics import Metrics
from search.progress import EpochReport
from search.report.detections import Detection
from search.report.page import write_report
from search.run_folder import RunFolder, write_json
from search.target import Target

PICTURED = 6
"""How many detections the report shows."""

DRIFT = 0.05
"""Movement of the device between two sessions that is worth a warning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """
    Everything a search found.

    Args:
        target: the device.
        table: the table the search used.
        needed: what that table had to hold.
        certificate: of the table.
        network: what was derived.
        derived: with which prediction.
        budget_us: the budget, in microseconds.
        deployment: what the device says about the network.
        metrics: on the test list.
        dataset: which data.
        candidates: what each cell could have become.
    """

    target: Target
    table: Table
    needed: tuple[Operation, ...]
    certificate: Certificate
    network: Network
    derived: Derived
    budget_us: float
    deployment: Deployment
    metrics: Metrics
    dataset: Dataset
    candidates: tuple[str, ...]


def conclude(
    found: Found,
    module: nn.Module,
    history: Iterable[EpochReport],
    seconds: Mapping[str, float],
    folder: RunFolder,
) -> dict[str, Any]:
    """Write ``result.json``, the curves and the report; return the result."""
    curves = folder.keep_curves(history)
    result = result_document(found, seconds)
    write_json(folder.result, result)
    write_report(
        folder.report,
        result=result,
        table=found.table,
        certificate=found.certificate,
        network=found.network,
        history=curves,
        detections=_detections(found, module),
        candidates=found.candidates,
    )
    return result


def result_document(found: Found, seconds: Mapping[str, float]) -> dict[str, Any]:
    """Return what ``result.json`` holds; latencies in microseconds, metrics as fractions."""
    cost = cost_of(operation_graph(found.network))
    summary = found.deployment.summary
    device = found.target.device
    return {
        "device": asdict(device),
        "environment": asdict(found.target.environment),
        "simulated": device.simulated,
        "emulated": device.emulated,
        "table": _table(found),
        "certificate": _certificate(found.certificate),
        "budget_us": found.budget_us,
        "headroom": found.certificate.headroom(),
        "predicted_us": found.derived.predicted_us,
        "measured_us": summary.latency_us,
        "measured_interval_us": [summary.low_us, summary.high_us],
        "measurement": _measurement(found.deployment),
        "architecture": _architecture(found.network),
        "log_probability": found.derived.log_probability,
        "parameters": cost.parameters,
        "conv_weights": cost.conv_weights,
        "macs": cost.macs,
        "metrics": {**asdict(found.metrics), "data": _data(found.dataset)},
        "warnings": list(_warnings(found)),
        "seconds": {phase: round(spent, 2) for phase, spent in seconds.items()},
    }


def _table(found: Found) -> dict[str, Any]:
    table = found.table
    return {
        "name": table.name,
        "version": table.version,
        "entries": len(table.entries),
        "measured": sum(entry.value_kind == "measured" for entry in table.entries),
        "missing": len(table.missing(found.needed)),
    }


def _certificate(certificate: Certificate) -> dict[str, Any]:
    document = asdict(certificate)
    del document["points"]
    return document


def _measurement(deployment: Deployment) -> dict[str, Any]:
    return {
        "id": deployment.measurement_id,
        "session": deployment.session_id,
        **asdict(deployment.summary),
        "drift": deployment.drift,
        "anchors": deployment.anchors,
    }


def _architecture(network: Network) -> dict[str, Any]:
    return {
        cell.name: {
            "inputs": [f"cell_{i}_{j}" for i, j in cell.inputs] or ["image"],
            "operation": cell.candidate,
        }
        for cell in network.cells
    }


def _data(dataset: Dataset) -> str:
    return f"{dataset.name} ({dataset.source}), test list"


def _warnings(found: Found) -> Iterator[str]:
    yield from found.certificate.doubts(found.table, datetime.now(UTC))
    drift = found.deployment.drift
    if abs(drift - 1) > DRIFT:
        yield (
            f"between the two sessions the device became {abs(drift - 1):.0%} "
            f"{'slower' if drift > 1 else 'faster'}: {found.deployment.anchors} networks measured "
            "in both say so"
        )


def _detections(found: Found, module: nn.Module) -> Sequence[Detection]:
    shown = predictions(
        module,
        found.dataset.test[:PICTURED],
        size=found.network.height,
        normalisation=found.dataset.normalisation,
    )
    return [(each.image, each.mask, each.probability) for each in shown]
