"""What an export came to: ``export.json``, which the model card quotes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from search.data.dataset import Dataset
from search.export.plan import Artefact, ExportPlan

EXPORT_FILE = "export.json"


def export_document(
    plan: ExportPlan, artefacts: Sequence[Artefact], dataset: Dataset | None, *, command: str
) -> dict[str, Any]:
    """
    Return the plan, the command and every artefact as JSON values.

    Args:
        plan: what was asked.
        artefacts: what was written.
        dataset: what they were calibrated and evaluated on; None if nothing was.
        command: the command line that asked.
    """
    data = None
    if dataset is not None:
        data = {"name": dataset.name, "train": len(dataset.train), "test": len(dataset.test)}
    return {
        "command": command,
        "plan": asdict(plan),
        "data": data,
        "artefacts": [_artefact(each) for each in artefacts],
    }


def _artefact(artefact: Artefact) -> Mapping[str, Any]:
    document = asdict(artefact)
    del document["path"]
    return {"file": artefact.path.name, **document, "left_in_float": list(artefact.left_in_float)}
