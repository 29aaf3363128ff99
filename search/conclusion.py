"""What a search came to: ``result.json`` and the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from torch import nn

from profiler.cost import cost_of
from profiler.operations import Network, Operation, operation_graph
from profiler.table import Table
from search.data.dataset import Dataset
from search.deployment import Deployment
from search.devices import PricedDevice
from search.evaluation import predictions
from search.guessed import RowsUsed, rows_used
from search.meeting.met import Met
from search.metrics.metrics import Metrics
from search.progress import EpochReport
from search.report.detections import Detection
from search.report.page import write_report
from search.run_folder import RunFolder, write_json
from search.stage2 import Scored
from search.training.plan import TrainingResult
from search.trying import Tried

PICTURED = 6
"""How many detections the report shows."""

DRIFT = 0.05
"""Movement of the device between two sessions that is worth a warning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    What one device says about the derived network.

    Args:
        device: with its table, certificate and budget.
        predicted_us: latency of the network predicted from that table, in microseconds.
        headroom: by which factor that stays below the budget.
        deployment: what was measured.
    """

    device: PricedDevice
    predicted_us: float
    headroom: float
    deployment: Deployment


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """
    Everything a search found.

    Args:
        network: what was derived.
        needed: what the tables had to hold.
        tried: the choice it is, and what it was chosen against.
        seen: what the supernet said of the candidates; None if it was not asked.
        outcomes: what each device says of it, in the order in which they were asked for.
        metrics: on the test list.
        training: how it was trained.
        dataset: which data.
        candidates: what each cell could have become.
    """

    network: Network
    needed: tuple[Operation, ...]
    tried: Tried
    seen: Scored | None
    outcomes: Sequence[Outcome]
    metrics: Metrics
    training: TrainingResult
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
        table=found.outcomes[0].device.table,
        certificate=found.outcomes[0].device.certificate,
        network=found.network,
        history=curves,
        detections=_detections(found, module),
        candidates=found.candidates,
    )
    return result


def result_document(found: Found, seconds: Mapping[str, float]) -> dict[str, Any]:
    """
    Return what ``result.json`` holds; latencies in microseconds, metrics as fractions.

    What is said of a device stands under ``devices``, and of the first of them also at the top.
    """
    cost = cost_of(operation_graph(found.network))
    devices = [_device(outcome, found) for outcome in found.outcomes]
    return {
        **devices[0],
        "devices": devices,
        "architecture": _architecture(found.network),
        "score": found.tried.derived.score,
        "meeting": _meeting(found.tried.met),
        "supernet": asdict(found.seen.base) if found.seen else None,
        "trials": [asdict(trial) for trial in found.tried.trials],
        "parameters": cost.parameters,
        "conv_weights": cost.conv_weights,
        "macs": cost.macs,
        "metrics": {**asdict(found.metrics), "data": _data(found.dataset)},
        "training": _training(found.training),
        "warnings": list(_warnings(found)),
        "seconds": {phase: round(spent, 2) for phase, spent in seconds.items()},
    }


def _device(outcome: Outcome, found: Found) -> dict[str, Any]:
    priced, summary = outcome.device, outcome.deployment.summary
    device = priced.target.device
    return {
        "device": asdict(device),
        "environment": asdict(priced.target.environment),
        "simulated": device.simulated,
        "emulated": device.emulated,
        "table": _table(priced.table, found.needed),
        "certificate": _certificate(outcome),
        "budget_us": priced.budget_us,
        "headroom": outcome.headroom,
        "predicted_us": outcome.predicted_us,
        "measured_us": summary.latency_us,
        "measured_interval_us": [summary.low_us, summary.high_us],
        "measurement": _measurement(outcome.deployment),
        "rows": asdict(_rows_used(outcome, found.network)),
    }


def _training(training: TrainingResult) -> dict[str, Any]:
    """Return which epoch was kept, and what the reference would have reported instead."""
    return {
        "best_epoch": training.best_epoch,
        "validation_miou": training.best_miou,
        "last_validation_miou": training.last_miou,
        "best_on_test": {
            "note": "the epoch chosen on the test list, as the reference reports it; chose nothing",
            "epoch": training.best_on_test_epoch,
            "miou": training.best_on_test_miou,
            "last_miou": training.last_on_test_miou,
        },
    }


def _table(table: Table, needed: Sequence[Operation]) -> dict[str, Any]:
    return {
        "name": table.name,
        "version": table.version,
        "entries": len(table.entries),
        "measured": sum(entry.value_kind == "measured" for entry in table.entries),
        "missing": len(table.missing(needed)),
    }


def _certificate(outcome: Outcome) -> dict[str, Any]:
    """Return what a certificate says, without the networks and rows it rests on."""
    certificate = outcome.device.certificate
    document = asdict(certificate)
    del document["points"], document["rows"]
    document["expires_at"] = certificate.expires_at.isoformat()
    document["doubts"] = list(_doubts_of_certificate(outcome))
    return document


def _doubts_of_certificate(outcome: Outcome) -> Sequence[str]:
    """Return why its table should not be trusted, with what ran when the network was measured."""
    device, software = outcome.device, outcome.deployment.software
    return device.certificate.doubts(device.table, datetime.now(UTC), software)


def _measurement(deployment: Deployment) -> dict[str, Any]:
    return {
        "id": deployment.measurement_id,
        "session": deployment.session_id,
        **asdict(deployment.summary),
        "as_sampled_us": deployment.as_sampled_us,
        "drift": deployment.drift,
        "anchors": deployment.anchors,
        "sittings": deployment.sittings,
        "counted": deployment.counted,
    }


def _meeting(met: Met | None) -> dict[str, Any] | None:
    return None if met is None else {**asdict(met), "holds": met.holds, "sentence": met.sentence()}


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
    met = found.tried.met
    if met is not None and not met.holds:
        yield met.sentence()
    several = len(found.outcomes) > 1
    for outcome in found.outcomes:
        of_which = f"{outcome.device.name}: " if several else ""
        yield from (f"{of_which}{doubt}" for doubt in _doubts_of_certificate(outcome))
        yield from _drifted(outcome)
        guessed = _rows_used(outcome, found.network).warning(outcome.device.name)
        if guessed is not None:
            yield guessed


def _rows_used(outcome: Outcome, network: Network) -> RowsUsed:
    return rows_used(network, outcome.device.table, outcome.device.certificate)


def _drifted(outcome: Outcome) -> Iterator[str]:
    device = outcome.device
    drift = outcome.deployment.drift
    if abs(drift - 1) > DRIFT:
        yield (
            f"since its table was measured {device.name} became {abs(drift - 1):.0%} "
            f"{'slower' if drift > 1 else 'faster'}: {outcome.deployment.anchors} networks "
            "measured then and now say so"
        )


def _detections(found: Found, module: nn.Module) -> Sequence[Detection]:
    shown = predictions(
        module,
        found.dataset.test[:PICTURED],
        size=found.network.height,
        normalisation=found.dataset.normalisation,
    )
    return [(each.image, each.mask, each.probability) for each in shown]
