"""
A front as files: ``front.json``, a picture, and each network as a file ``hna train`` takes.

Format history of ``front.json``: 1 (2026-11) the first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from profiler.atomic import write_atomically
from profiler.operations import operation_to_json
from search.front.devices import FrontDevice
from search.front.networks import Promised
from search.front.picture import promised_svg
from search.front.run import SearchedRun
from search.run_folder import write_json

FORMAT = 1
DOCUMENT = "front.json"
PICTURE = "front.svg"

ESTIMATE = (
    "losses are the supernet's linear estimate, each candidate tried alone in the base network; "
    "no network here was trained, and no accuracy measured"
)


def write_front(
    out: Path, run: SearchedRun, devices: Sequence[FrontDevice], found: Sequence[Promised]
) -> None:
    """
    Write *found* into the folder *out*, in place of what an earlier call wrote there.

    Raises:
        RunInvalid: a file could not be written.
    """
    if (out / DOCUMENT).exists():
        for earlier in out.glob("network_*.json"):
            earlier.unlink()
    for number, each in enumerate(found, start=1):
        document = json.dumps(operation_to_json(each.network), indent=2) + "\n"
        write_atomically(out / file_of(number), document.encode())
    write_atomically(out / PICTURE, promised_svg(devices, found).encode())
    write_json(out / DOCUMENT, front_document(run, devices, found))


def file_of(number: int) -> str:
    """Return the name of a network's file; *number* counts from 1."""
    return f"network_{number}.json"


def front_document(
    run: SearchedRun, devices: Sequence[FrontDevice], found: Sequence[Promised]
) -> dict[str, Any]:
    """
    Return what ``front.json`` holds; latencies in microseconds.

    A network keeps a budget of ``keeps_us``, its prediction times the device's headroom.
    """
    return {
        "format": FORMAT,
        "notes": list(notes(run, devices)),
        "base": asdict(run.kept.base),
        "devices": [_device(device) for device in devices],
        "networks": [_network(k, each, devices) for k, each in enumerate(found, start=1)],
    }


def notes(run: SearchedRun, devices: Sequence[FrontDevice]) -> Iterator[str]:
    """Yield what a reader must know of these networks."""
    yield ESTIMATE
    if run.dropped:
        yield (
            f"{run.dropped} candidates are absent: the search dropped them before it scored the "
            f"others (keep={run.configuration.stage2.keep})"
        )
    for device in devices:
        yield from device.doubts()


def _device(device: FrontDevice) -> dict[str, Any]:
    return {
        "name": device.name,
        "table": device.table.name,
        "table_version": device.table.version,
        "simulated": device.table.simulated,
        "emulated": device.table.emulated,
        "certified": device.certificate is not None,
        "headroom": device.headroom,
        "budget_us": device.budget_us,
    }


def _network(number: int, each: Promised, devices: Sequence[FrontDevice]) -> dict[str, Any]:
    predicted = each.point.predicted
    return {
        "file": file_of(number),
        "fronts": list(each.point.fronts),
        "score": each.point.score,
        "promised_loss": each.loss,
        "predicted_us": dict(predicted),
        "keeps_us": {device.name: predicted[device.name] * device.headroom for device in devices},
        "macs": each.macs,
        "parameters": each.parameters,
        "operations": {cell.name: cell.candidate for cell in each.network.cells},
    }
