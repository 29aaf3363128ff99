"""
Reading what the official HNA-NAS release ships: network configurations and state dicts.

Only names are translated; the operations are ours.  Source: spec/hna_nas.md section 8.2.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from profiler.errors import DataInvalid
from profiler.operations.network import Place
from search.space.meta import grid
from search.space.topology import Topology

_PARTS = {
    "shortcut.0": "shortcut_conv",
    "shortcut.1": "shortcut_bn",
    "convblock_1.0": "conv1_vertical",
    "convblock_1.1": "conv1_horizontal",
    "convblock_2.0": "conv2_vertical",
    "convblock_2.1": "conv2_horizontal",
    "inverted_bottleneck.conv": "expand",
    "inverted_bottleneck.bn": "bn_expand",
    "depth_conv.conv": "depth",
    "depth_conv.bn": "bn_depth",
    "point_linear.conv": "project",
    "point_linear.bn": "bn_project",
}
_BLOCK = re.compile(r"conv_block\.(\d+)\.(.+)\.(\w+)")
_ENCODER = re.compile(r"encoders\.(\d+)\.operator\.(.+)")
_HEAD = "post_transform_conv_block.conv_block.0.conv1."


def candidate_parameter(name: str) -> str:
    """
    Return our name of a parameter of a candidate operation.

    >>> candidate_parameter("conv_block.1.depth_conv.bn.weight")
    'block1.bn_depth.weight'

    Raises:
        DataInvalid: no parameter of a candidate has that name.
    """
    match = _BLOCK.fullmatch(name)
    if match is None:
        raise DataInvalid(f"{name!r} is no parameter of a candidate; expected conv_block.<n>....")
    block, part, kind = match.groups()
    return f"block{block}.{_PARTS.get(part, part)}.{kind}"


def network_state(state: Mapping[str, Tensor], topology: Topology) -> dict[str, Tensor]:
    """
    Return the state dict of a shipped network under the names of our network.

    The placeholders the release keeps for skipped cells are left out.

    Args:
        state: the ``state_dict`` of a ``model_best.pth.tar``.
        topology: of the network, decoded ``compat``.
    """
    places = grid(topology.levels)
    renamed = {}
    for name, tensor in state.items():
        if name.startswith(_HEAD):
            renamed["head.conv." + name.removeprefix(_HEAD)] = tensor
            continue
        match = _ENCODER.fullmatch(name)
        if match is None:
            raise DataInvalid(f"{name!r} is no parameter of an HNA-NAS network")
        i, j = places[int(match[1])]
        if (i, j) in topology.places:
            renamed[f"cell_{i}_{j}.{candidate_parameter(match[2])}"] = tensor
    return renamed


def read_network_config(path: Path, levels: int = 5) -> dict[Place, str]:
    """
    Return the candidate of every cell of a ``net.config``, placeholders included.

    Raises:
        DataInvalid: not readable as JSON, or not the configuration of *levels* levels.
    """
    try:
        blocks = json.loads(path.read_text(encoding="utf-8"))["blocks"]
        return {place: _candidate(block) for place, block in zip(grid(levels), blocks, strict=True)}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataInvalid(
            f"{path}: no network configuration can be read there ({error})"
        ) from error


def _candidate(block: Mapping[str, Any]) -> str:
    size = f"{block['kernel_size']}x{block['kernel_size']}"
    match block["name"]:
        case "SpaConvLayer":
            return f"{size}_SpaConv"
        case "ResConvLayer":
            group = block["group"]
            return f"{size}_GroupConv{group}" if group > 1 else f"{size}_ResConv"
        case "MBInvertedConvLayer":
            expansion = block["expand_ratio"]
            return f"{size}_MBConv{expansion}" if expansion > 1 else f"{size}_DepthSC"
        case name:
            raise DataInvalid(f"unknown layer {name!r} in a network configuration")
