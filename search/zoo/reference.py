"""
Reading state dicts of the reference's DNANet under our names (spec/hna_nas.md section 7.1).

Only names are translated; docs/zoo.md has the mapping as a table.  ``zoo_state`` refuses what is
not exactly the state of the network asked for, but for the heads of deep supervision: a network
without it takes the state of one that has it, because its own is a part of that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from torch import Tensor

from profiler.errors import DataInvalid, RunInvalid
from profiler.graph import BatchNorm
from profiler.operations import BaselineNetwork, DnaNet, operation_graph
from profiler.parameters import parameter_shapes

_PARTS = {
    "shortcut.0": "shortcut_conv",
    "shortcut.1": "shortcut_bn",
    "ca.fc1": "channel_attention.squeeze",
    "ca.fc2": "channel_attention.excite",
    "sa.conv1": "spatial_attention.conv",
}
_SHOWN = 3


def block_parameter(name: str) -> str:
    """
    Return our name of a parameter of a block.

    >>> block_parameter("ca.fc1.weight"), block_parameter("bn1.running_mean")
    ('channel_attention.squeeze.weight', 'bn1.running_mean')
    """
    part, kind = name.rsplit(".", 1)
    return f"{_PARTS.get(part, part)}.{kind}"


def zoo_parameter(name: str, heads: int = 4) -> str:
    """
    Return our name of a parameter of a DNANet.

    >>> zoo_parameter("conv1_2.0.shortcut.1.bias"), zoo_parameter("conv0_4_1x1.weight")
    ('node_1_2.block0.shortcut_bn.bias', 'fusion.reduce4.weight')
    >>> [zoo_parameter(f"{final}.bias") for final in ("final1", "final4", "final")]
    ['head1.conv.bias', 'head.conv.bias', 'head.conv.bias']

    Args:
        name: the reference's.
        heads: which numbered head is the prediction's; ``final`` always is.

    Raises:
        DataInvalid: no parameter of a DNANet has that name.
    """
    if match := re.fullmatch(r"conv(\d+)_(\d+)\.(\d+)\.(.+\..+)", name):
        level, column, block, part = match.groups()
        return f"node_{level}_{column}.block{block}.{block_parameter(part)}"
    if match := re.fullmatch(r"conv0_\d+_final\.(\d+)\.(.+\..+)", name):
        return f"fusion.block{match[1]}.{block_parameter(match[2])}"
    if match := re.fullmatch(r"conv0_(\d+)_1x1\.(\w+)", name):
        return f"fusion.reduce{match[1]}.{match[2]}"
    if match := re.fullmatch(r"final(\d*)\.(\w+)", name):
        number = "" if match[1] in ("", str(heads)) else match[1]
        return f"head{number}.conv.{match[2]}"
    raise DataInvalid(f"{name!r} is no parameter of a DNANet; expected conv0_0.0.conv1.weight, ...")


def zoo_state(state: Mapping[str, Tensor], value: BaselineNetwork) -> dict[str, Tensor]:
    """
    Return a state dict of the reference under the names of *value*.

    Args:
        state: names and tensors of the reference, without ``module.`` before them.
        value: the network they are said to be of.

    Raises:
        DataInvalid: the reference has no such network, or a name that is no DNANet's.
        RunInvalid: they are of another network; the message names what differs first.
    """
    if not isinstance(value, DnaNet):
        raise DataInvalid(f"the reference has checkpoints of DNANet only, not of a {value.kind}")
    deepest = value.levels - 1
    renamed = {zoo_parameter(name, deepest): tensor for name, tensor in state.items()}
    if value.heads == 1:
        renamed = {n: x for n, x in renamed.items() if not re.match(r"head\d", n)}
    differences = list(_differences(_state_shapes(value), renamed))
    if differences:
        more = f"; {len(differences) - _SHOWN} more" if differences[_SHOWN:] else ""
        raise RunInvalid(
            f"the checkpoint is of another DNANet: {'; '.join(differences[:_SHOWN])}{more}"
        )
    return renamed


def _state_shapes(value: DnaNet) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every entry of the network's state dict."""
    shapes: dict[str, tuple[int, ...]] = {}
    for node in operation_graph(value).nodes:
        shapes |= dict(parameter_shapes(node))
        if isinstance(node.primitive, BatchNorm):
            shapes[f"{node.name}.num_batches_tracked"] = ()
    return shapes


def _differences(
    expected: Mapping[str, tuple[int, ...]], state: Mapping[str, Tensor]
) -> Iterator[str]:
    for name, shape in expected.items():
        if name not in state:
            yield f"it lacks {name} {shape}"
        elif tuple(state[name].shape) != shape:
            yield f"{name} is {tuple(state[name].shape)}, not {shape}"
    yield from (f"it has {name}" for name in state if name not in expected)
