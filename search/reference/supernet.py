"""Reading the stage-1 supernet the official HNA-NAS release ships (spec/hna_nas.md section 8.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from profiler.errors import RunInvalid
from search.reference.checkpoint import Checkpoint, read_checkpoint
from search.stage1.supernet import Stage1Supernet

REFERENCE_BLOCKS = (1, 2, 2, 2, 2)
_ALIASES = re.compile(r"iteration\d+_layer\d+_encoder_blocks\..*")
_OPERATOR = re.compile(r"encoders\.(\d+)\.operator\.(\d+)\.(\w+)")
_ALPHA = re.compile(r"encoders\.(\d+)\.alpha")


def load_reference_supernet(path: Path) -> Stage1Supernet:
    """
    Return the shipped supernet, ready to evaluate.

    Raises:
        RunInvalid: not readable, or not the shipped supernet.
    """
    return supernet_of(read_checkpoint(path))


def supernet_of(checkpoint: Checkpoint) -> Stage1Supernet:
    """
    Return the supernet whose checkpoint was read, ready to evaluate.

    Raises:
        RunInvalid: not the shipped supernet.
    """
    supernet = Stage1Supernet(REFERENCE_BLOCKS)
    try:
        supernet.load_state_dict(supernet_state(checkpoint.state, supernet))
    except (IndexError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:160]
        raise RunInvalid(
            f"{checkpoint.file} is no stage-1 supernet of HNA-NAS: {reason}"
        ) from error
    return supernet.eval()


def supernet_state(state: Mapping[str, Tensor], supernet: Stage1Supernet) -> dict[str, Tensor]:
    """Return the shipped state dict under the names of ours; each cell's second alias is left."""
    renamed = {}
    for name, tensor in state.items():
        if not _ALIASES.fullmatch(name):
            renamed[_our_name(name, supernet)] = tensor
    return renamed


def _our_name(name: str, supernet: Stage1Supernet) -> str:
    if match := _ALPHA.fullmatch(name):
        return f"selection.{match[1]}"
    if match := _OPERATOR.fullmatch(name):
        cell, position, kind = int(match[1]), int(match[2]), match[3]
        index, is_norm = divmod(position, 3)  # conv, norm, relu, conv, norm, ...
        if is_norm:
            return f"norms.{cell}.{index}.{kind}"
        return f"convolutions.{supernet.places[cell][1]}.{index}.{kind}"
    name = name.replace("pre_transform_conv_block.", "stem.")
    return name.replace("post_transform_conv_block.0.", "head.")
