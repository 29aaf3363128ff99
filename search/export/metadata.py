"""What a model file says about itself, for whoever deploys it without this project."""

from __future__ import annotations

import json
from dataclasses import replace

import onnx
from onnx import helper

from profiler.errors import OperationInvalid
from profiler.operations import SegmentationNetwork, operation_graph
from search.data.normalisation import Normalisation

SMALLEST_SIDE = "smallest_side"
"""Fewest pixels of height and of width that a model of any size can run on."""


def with_properties(model: onnx.ModelProto, **properties: str) -> onnx.ModelProto:
    """Return *model*, which now says *properties* too."""
    said = {each.key: each.value for each in model.metadata_props}
    helper.set_model_props(model, said | properties)
    return model


def normalisation_properties(normalisation: Normalisation) -> dict[str, str]:
    """Return how an image is normalised, as properties: ``mean`` and ``std``, JSON lists."""
    return {"mean": json.dumps(normalisation.mean), "std": json.dumps(normalisation.std)}


def smallest_side(network: SegmentationNetwork) -> int:
    """Return the smallest power of two that is a height and width *network* can have."""
    side = 1
    while not _runs_at(network, side):
        side *= 2
    return side


def _runs_at(network: SegmentationNetwork, side: int) -> bool:
    try:
        operation_graph(replace(network, height=side, width=side))
    except OperationInvalid:
        return False
    return True
