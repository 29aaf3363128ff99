"""
State dicts of the official release under our names (spec/hna_nas.md section 8.2).

Only names are translated; the operations are ours.  docs/reference.md has the mapping as a table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor, nn

from profiler.errors import DataInvalid, RunInvalid
from profiler.space import Topology, grid

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
_SHOWN = 3


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


def our_names(state: Mapping[str, Tensor], topology: Topology) -> dict[str, str]:
    """
    Return our name of every parameter in *state* that a running cell or the head has.

    The placeholders the release keeps for skipped cells are left out.

    Args:
        state: the ``state_dict`` of a ``model_best.pth.tar``.
        topology: of the network, decoded ``compat``.

    Raises:
        DataInvalid: a name no HNA-NAS network of these levels has.
    """
    places = grid(topology.levels)
    names = {}
    for name in state:
        match = _ENCODER.fullmatch(name)
        if name.startswith(_HEAD):
            names[name] = "head.conv." + name.removeprefix(_HEAD)
        elif match is None or int(match[1]) >= len(places):
            raise DataInvalid(
                f"{name!r} is no parameter of an HNA-NAS network of {len(places)} cells"
            )
        elif (place := places[int(match[1])]) in topology.places:
            i, j = place
            names[name] = f"cell_{i}_{j}.{candidate_parameter(match[2])}"
    return names


def network_state(state: Mapping[str, Tensor], topology: Topology) -> dict[str, Tensor]:
    """
    Return the state dict of a shipped network under the names of our network.

    Args and errors are those of ``our_names``.
    """
    return {ours: state[theirs] for theirs, ours in our_names(state, topology).items()}


def fill(module: nn.Module, state: Mapping[str, Tensor], topology: Topology, file: str) -> int:
    """
    Fill *module* with a shipped state dict and return how many entries were placeholders.

    Args:
        module: the network *file* is said to be of.
        state: names and tensors of the release.
        topology: of the network, decoded ``compat``.
        file: where *state* comes from, for messages.

    Raises:
        RunInvalid: it is of another architecture; the message names what differs first.
    """
    try:
        names = our_names(state, topology)
    except DataInvalid as error:
        raise RunInvalid(f"{file} is of another architecture: {error}") from error
    differences = _differences(module.state_dict(), state, names)
    if differences:
        more = f"; {len(differences) - _SHOWN} more" if len(differences) > _SHOWN else ""
        raise RunInvalid(
            f"{file} is of another architecture than its configuration and gene describe: "
            f"{'; '.join(differences[:_SHOWN])}{more}"
        )
    module.load_state_dict({ours: state[theirs] for theirs, ours in names.items()})
    return len(state) - len(names)


def _differences(
    expected: Mapping[str, Tensor], state: Mapping[str, Tensor], names: Mapping[str, str]
) -> list[str]:
    """Return a sentence for each parameter that is missing, of another shape, or too much."""
    theirs = {ours: name for name, ours in names.items()}
    found = []
    for ours, tensor in expected.items():
        if ours not in theirs:
            found.append(f"it lacks {ours} {tuple(tensor.shape)}")
        elif (given := state[theirs[ours]].shape) != tensor.shape:
            found.append(f"{theirs[ours]} is {tuple(given)}, not {tuple(tensor.shape)}")
    return found + [f"it has {name}" for name, ours in names.items() if ours not in expected]
