"""
Weights as a safetensors file, which says how its network expects images to be normalised.

A network that is fed with other constants than it was trained with loses several points of IoU
(spec 0.9), so the constants travel with the weights.
"""

from __future__ import annotations

import json
from pathlib import Path

import safetensors
from safetensors import SafetensorError
from safetensors.torch import save
from torch import nn

from profiler.atomic import write_atomically
from profiler.errors import DataInvalid, RunInvalid
from search.data.normalisation import Normalisation

FORMAT = "hna-nas weights 1"
"""1: the first; metadata ``format``, ``mean`` and ``std`` (JSON lists of three)."""


def save_weights(module: nn.Module, path: Path, *, normalisation: Normalisation) -> Path:
    """
    Write the weights of *module* to *path* in one step and return it.

    Args:
        module: whose state dict is written.
        path: the safetensors file.
        normalisation: of the images the network was trained on.

    Raises:
        RunInvalid: the file could not be written.
    """
    tensors = {name: x.detach().cpu().contiguous() for name, x in module.state_dict().items()}
    metadata = {
        "format": FORMAT,
        "mean": json.dumps(normalisation.mean),
        "std": json.dumps(normalisation.std),
    }
    write_atomically(path, save(tensors, metadata))
    return path


def load_weights(module: nn.Module, path: Path) -> Normalisation:
    """
    Fill *module* with the weights in *path* and return how images are to be normalised.

    Raises:
        RunInvalid: no such file, no weights of this project, or those of another network.
    """
    if not path.is_file():
        raise RunInvalid(f"{path}: there are no weights; name the folder of a finished run")
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise RunInvalid(f"{path} is no readable safetensors file ({error})") from error
    normalisation = _normalisation(path, metadata)
    missing, unexpected = _difference(module, set(tensors))
    if missing or unexpected:
        raise RunInvalid(
            f"{path} is of another network: it lacks {len(missing)} weight(s) {missing[:2]} and "
            f"has {len(unexpected)} of its own {unexpected[:2]}"
        )
    try:
        module.load_state_dict(tensors)
    except RuntimeError as error:
        raise RunInvalid(f"{path} is of another network: {error}") from error
    return normalisation


def _difference(module: nn.Module, names: set[str]) -> tuple[list[str], list[str]]:
    expected = set(module.state_dict())
    return sorted(expected - names), sorted(names - expected)


def _normalisation(path: Path, metadata: dict[str, str]) -> Normalisation:
    if metadata.get("format") != FORMAT:
        raise RunInvalid(
            f"{path}: format {metadata.get('format')!r}, this program reads {FORMAT!r}"
        )
    try:
        mean, std = (tuple(json.loads(metadata[key])) for key in ("mean", "std"))
        return Normalisation(mean=mean, std=std)
    except (KeyError, ValueError, TypeError, DataInvalid) as error:
        raise RunInvalid(f"{path} does not say how images are normalised: {error}") from error
