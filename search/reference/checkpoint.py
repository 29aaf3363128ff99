"""
Checkpoints of the official release: tensors by name, and where they came from.

A file is read with ``weights_only``; beside tensors it may hold the one NumPy scalar the release
writes.  Anything else that would have to be executed is refused.  Source: spec/hna_nas.md
section 8.1.
"""

from __future__ import annotations

import hashlib
import pickle
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from profiler.errors import RunInvalid

CheckpointKind = Literal["network", "supernet", "dnanet"]
"""A searched network, the supernet of stage 1, or the baseline DNANet."""

_KINDS: tuple[tuple[str, CheckpointKind], ...] = (
    (r"encoders\.\d+\.alpha", "supernet"),
    (r"encoders\.\d+\.operator\.conv_block\..+", "network"),
    (r"conv\d+_\d+\..+", "dnanet"),
)
_PARALLEL = "module."
"""What training on several GPUs puts before every name."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checkpoint:
    """
    What one file holds.

    Args:
        file: its name.
        sha256: of its bytes, in hexadecimal.
        kind: what its names say it is.
        state: tensors by the names of the release.
    """

    file: str
    sha256: str
    kind: CheckpointKind
    state: Mapping[str, Tensor]


def read_checkpoint(path: Path) -> Checkpoint:
    """
    Read a checkpoint: ``{"state_dict": ...}`` with or without further fields, or a bare state dict.

    Raises:
        RunInvalid: not readable, more than tensors, or the state dict of something else.
    """
    state = _state(path, _loaded(path))
    return Checkpoint(file=path.name, sha256=_sha256(path), kind=_kind(path, state), state=state)


def _loaded(path: Path) -> Any:
    try:
        with torch.serialization.safe_globals(_numpy_scalar()), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about pickles torch did not write; they are refused
            return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise RunInvalid(f"{path} is absent; name a checkpoint of the release") from error
    except pickle.UnpicklingError as error:
        raise RunInvalid(f"{path} is no checkpoint of tensors: {_refused(error)}") from error
    except (OSError, EOFError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())[:160]
        raise RunInvalid(f"{path} cannot be read as a checkpoint: {reason}") from error


def _numpy_scalar() -> list[Any]:
    """Return what one NumPy number is made with, at its old address in files and at its new one."""
    number = np.float64(0)
    rebuild = number.__reduce__()[0]
    return [rebuild, (rebuild, "numpy.core.multiarray.scalar"), np.dtype, type(number.dtype)]


def _refused(error: pickle.UnpicklingError) -> str:
    """Return what the file wanted executed; torch says it in a page of advice."""
    wanted = re.search(r"GLOBAL ([\w.]+)", str(error))
    return f"it would run {wanted[1]}" if wanted else "it was not written by torch"


def _state(path: Path, document: Any) -> dict[str, Tensor]:
    state = document.get("state_dict", document) if isinstance(document, dict) else None
    if not isinstance(state, dict) or not state:
        raise RunInvalid(f"{path} holds no state dict")
    others = [name for name, value in state.items() if not isinstance(value, Tensor)]
    if others:
        raise RunInvalid(f"{path} holds no state dict: {others[0]!r} is no tensor")
    return {str(name).removeprefix(_PARALLEL): tensor for name, tensor in state.items()}


def _kind(path: Path, state: Mapping[str, Tensor]) -> CheckpointKind:
    for pattern, kind in _KINDS:
        if any(re.fullmatch(pattern, name) for name in state):
            return kind
    raise RunInvalid(
        f"{path} is of another architecture: {', '.join(list(state)[:3])}; an HNA-NAS network has "
        "encoders.0.operator.conv_block.0..., a stage-1 supernet encoders.0.alpha, a DNANet "
        "conv0_0.0..."
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
