"""
Stopping and going on: what both searches do with their checkpoints.

A checkpoint remembers which search it belongs to.  Everything random in an epoch is drawn from a
seed and the epoch's number, so weights, optimisers and the epoch are all there is to keep.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils import convert_conv2d_weight_memory_format

from profiler.errors import HnaError, RunInvalid
from search.checkpoint import load_checkpoint
from search.progress import EpochReport

_Module = TypeVar("_Module", bound=nn.Module)


def fingerprint(*parts: object) -> str:
    """Return a digest of everything that makes two searches the same one."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def restore(path: Path, search: str) -> dict[str, Any] | None:
    """
    Return the state a search left at *path*; None if it has not begun.

    Raises:
        RunInvalid: the checkpoint cannot be read or is of another search.
    """
    if not path.exists():
        return None
    state = load_checkpoint(path)
    if state.get("search") != search:
        raise RunInvalid(
            f"{path} belongs to a search with other settings; give this one another run folder, "
            "or remove the file to begin again"
        )
    return state


def reports_to_plain(history: list[EpochReport]) -> list[dict[str, Any]]:
    """Return reports as what a checkpoint may hold."""
    return [
        {"phase": r.phase, "epoch": r.epoch, "epochs": r.epochs, "values": dict(r.values)}
        for r in history
    ]


def reports_from_plain(plain: list[dict[str, Any]]) -> list[EpochReport]:
    """Return the reports a checkpoint held."""
    return [EpochReport(**report) for report in plain]


def mean_loss(losses: Sequence[Tensor], phase: str) -> float:
    """
    Return the mean of the losses of an epoch.

    Raises:
        HnaError: it is no number; the search has diverged.
    """
    mean = float(torch.stack(list(losses)).mean())
    if not isfinite(mean):
        raise HnaError(f"{phase}: the loss became {mean}; the search diverged, lower its lr")
    return mean


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw initial weights from *seed*, leaving torch's own generator as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def to_device(module: _Module, device: str) -> _Module:
    """Move *module* to *device*, its convolutions in the layout in which they run fastest."""
    module.to(device)
    convert_conv2d_weight_memory_format(module, torch.channels_last)
    return module


def epoch_generator(seed: int, epoch: int) -> torch.Generator:
    """Return the generator of one epoch: equal seeds and epochs, equal draws."""
    digest = hashlib.sha256(f"{seed}/{epoch}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))
