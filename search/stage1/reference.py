"""
Reading the stage-1 supernet the official HNA-NAS release ships (spec/hna_nas.md section 8.1).

The file holds a NumPy scalar beside its tensors; it is allowed by name, nothing else is.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from profiler.errors import RunInvalid
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
    supernet = Stage1Supernet(REFERENCE_BLOCKS)
    try:
        supernet.load_state_dict(supernet_state(_read(path)["state_dict"], supernet))
    except (OSError, KeyError, RuntimeError, pickle.UnpicklingError) as error:
        raise RunInvalid(f"{path} is no stage-1 supernet of HNA-NAS: {error}") from error
    return supernet.eval()


def supernet_state(state: Mapping[str, Tensor], supernet: Stage1Supernet) -> dict[str, Tensor]:
    """Return the shipped state dict under the names of ours; each cell's second alias is left."""
    renamed = {}
    for name, tensor in state.items():
        if not _ALIASES.fullmatch(name):
            renamed[_our_name(name, supernet)] = tensor
    return renamed


def _read(path: Path) -> dict[str, Any]:
    number = np.float64(0)
    rebuild = number.__reduce__()[0]  # NumPy moved it; the file has its old address
    allowed: list[Any] = [
        (rebuild, "numpy.core.multiarray.scalar"),
        np.dtype,
        type(number.dtype),
    ]
    with torch.serialization.safe_globals(allowed):
        checkpoint: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return checkpoint


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
