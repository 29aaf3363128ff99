"""
The model card of a run: every number of a trained network, and the command that made it.

``model_card.json`` holds the numbers, ``model_card.md`` the page (``search.model_card_text``).  All
of them are read from the files other commands left in the run folder.  What no file holds is null
and is called "not measured": nothing is estimated or filled in here.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from profiler.atomic import write_atomically
from profiler.cost import cost_of
from profiler.operations import Network, SegmentationNetwork, operation_graph
from profiler.pictures.architecture import architecture_svg
from search.data.normalisation import Normalisation
from search.metrics.report import METRICS_FILE
from search.model_card_text import card_markdown
from search.run_folder import CONFIGURATION, RunFolder, read_json, write_json
from search.saved_network import NETWORK_FILE, WEIGHTS_FILE

FORMAT = "hna-nas model card 1"
"""1: the first."""

CARD_JSON, CARD_PAGE = "model_card.json", "model_card.md"
PICTURE = "architecture.svg"
TRAINING = "training.json"
PACKAGES = ("hna-nas", "torch", "onnx", "onnxruntime", "numpy")
_HASHED = (
    NETWORK_FILE,
    WEIGHTS_FILE,
    "network.onnx",
    "gene.txt",
    "table.json",
    "certificate.json",
    CONFIGURATION,
    TRAINING,
    METRICS_FILE,
    "result.json",
)


def write_card(
    run: Path,
    network: SegmentationNetwork,
    normalisation: Normalisation,
    export: Mapping[str, Any] | None = None,
) -> Path:
    """
    Write ``model_card.json``, ``model_card.md`` and the picture into *run*; return the page.

    Args:
        run: a folder with a saved network.
        network: that network.
        normalisation: of its images.
        export: what ``search.export.report.export_document`` says; None before an export.

    Raises:
        RunInvalid: a file of the run is broken, or the card could not be written.
    """
    document = card_document(run, network, normalisation, export)
    if isinstance(network, Network):
        write_atomically(run / PICTURE, architecture_svg(network).encode())
    write_json(run / CARD_JSON, document)
    page = run / CARD_PAGE
    write_atomically(page, card_markdown(document).encode())
    return page


def card_document(
    run: Path,
    network: SegmentationNetwork,
    normalisation: Normalisation,
    export: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """
    Return what ``model_card.json`` holds; see ``write_card``.

    Latencies are in microseconds, metrics are fractions; what no file of the run holds is None.
    """
    result = _read(RunFolder(run).result)
    training = _read(run / TRAINING)
    configuration = _read(run / CONFIGURATION)
    return {
        "format": FORMAT,
        "run": run.resolve().name,
        "network": _network(network, normalisation),
        "data": _data(training, configuration),
        "training": _training(training, configuration),
        "metrics": _metrics(run, training, result),
        "best_on_test": _best_on_test(training),
        "latency": _latency(result),
        "certificate": (result or {}).get("certificate"),
        "export": dict(export) if export else None,
        "warnings": (result or {}).get("warnings", []),
        "files": list(_files(run)),
        "versions": {"python": platform.python_version()} | {p: version(p) for p in PACKAGES},
    }


def _read(path: Path) -> dict[str, Any] | None:
    return dict(read_json(path)) if path.exists() else None


def _network(network: SegmentationNetwork, normalisation: Normalisation) -> dict[str, Any]:
    cost = cost_of(operation_graph(network))
    nested = isinstance(network, Network)
    return {
        "kind": network.kind,
        "cells": [str(cell) for cell in network.cells] if isinstance(network, Network) else None,
        "picture": PICTURE if nested else None,
        "input": [network.batch, network.channels_in, network.height, network.width],
        "normalisation": asdict(normalisation),
        "parameters": cost.parameters,
        "conv_weights": cost.conv_weights,
        "macs": cost.macs,
    }


def _data(
    training: dict[str, Any] | None, configuration: dict[str, Any] | None
) -> dict[str, Any] | None:
    for command, document in (("hna train", training), ("hna search", configuration)):
        if document is not None and "data" in document:
            return {"command": command, **document["data"]}
    return None


def _training(
    training: dict[str, Any] | None, configuration: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Return the recipe, and of a training its chosen epoch."""
    if training is not None:
        chosen = {key: training.get("result", {}).get(key) for key in ("best_epoch",)}
        validation = training.get("result", {}).get("best_validation_miou")
        return {
            "command": "hna train",
            "settings": training["plan"],
            **chosen,
            "best_validation_miou": validation,
        }
    if configuration is not None:
        settings = configuration.get("configuration", {}).get("training")
        return {"command": "hna search", "settings": settings} if settings else None
    return None


def _metrics(
    run: Path, training: dict[str, Any] | None, result: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Return the figures on the test list, of the command that wrote them last."""
    written = _read(run / METRICS_FILE)
    if written is not None:
        by_training = training is not None and written["miou"] == _trained_miou(training)
        command = "hna train" if by_training else "hna evaluate"
        return {"command": command, **written}
    if result is not None and "metrics" in result:
        return {"command": "hna search", **result["metrics"]}
    return None


def _trained_miou(training: dict[str, Any]) -> float | None:
    miou: float | None = training.get("result", {}).get("test", {}).get("miou")
    return miou


def _best_on_test(training: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return what the reference would report, where a training looked; it chose nothing."""
    reported = (training or {}).get("result", {}).get("as_the_reference_reports", {})
    return {"command": "hna train", **reported} if reported.get("best_on_test_miou") else None


def _latency(result: dict[str, Any] | None) -> dict[str, Any] | None:
    if result is None or "measured_us" not in result:
        return None
    names = (
        "predicted_us",
        "measured_us",
        "measured_interval_us",
        "budget_us",
        "simulated",
        "emulated",
        "device",
        "environment",
        "table",
    )
    return {"command": "hna search", **{name: result.get(name) for name in names}}


def _files(run: Path) -> Iterator[dict[str, Any]]:
    for name in _HASHED:
        path = run / name
        if path.exists():
            content = path.read_bytes()
            digest = sha256(content).hexdigest()
            yield {"name": name, "sha256": digest, "size_bytes": len(content)}
