"""
What a user tells about the numbers that enter an 8-bit network: its calibration.

It is a file, or a folder of files, of arrays recorded from the real thing (``.npy``, ``.npz``):
images, or feature maps.  An input of an operation takes the first array of its shape; where none
has it, its values are drawn from all of them.  The ranges of every tensor inside follow from these
inputs.  Without a calibration 8 bits are refused: ranges nobody measured would be made up.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from profiler.errors import BackendUnavailable
from profiler.graph import Graph
from profiler.parameters import Parameters

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """
    Recorded inputs.

    Args:
        arrays: in the order of the files' names.
        digest: SHA-256 of their values, 12 digits.
    """

    arrays: tuple[Floats, ...]
    digest: str

    def inputs(self, graph: Graph, seed: int) -> Parameters:
        """Return an array for every input of *graph*, by name; equal seeds, equal arrays."""
        generator = np.random.default_rng(seed)
        return {name: self._input(shape, generator) for name, shape in graph.inputs}

    def _input(self, shape: tuple[int, ...], generator: np.random.Generator) -> Floats:
        recorded = next((array for array in self.arrays if array.shape == shape), None)
        if recorded is not None:
            return recorded
        return generator.choice(np.concatenate([array.ravel() for array in self.arrays]), shape)


def read_calibration(path: Path) -> Calibration:
    """
    Return the calibration at *path*.

    Raises:
        BackendUnavailable: there is none, or it holds something else than numbers.
    """
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    arrays = [array for file in files for array in _arrays(file)]
    if not any(array.size for array in arrays):
        raise BackendUnavailable(f"calibration {path} holds no numbers; give .npy or .npz files")
    digest = hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()[:12]
    return Calibration(arrays=tuple(arrays), digest=digest)


def _arrays(file: Path) -> list[Floats]:
    if file.suffix not in (".npy", ".npz"):
        return []
    try:
        loaded = np.load(file, allow_pickle=False)
        found = [loaded] if file.suffix == ".npy" else [loaded[name] for name in loaded.files]
        arrays = [np.ascontiguousarray(array, dtype=np.float32) for array in found]
    except (OSError, ValueError, BadZipFile) as error:
        raise BackendUnavailable(f"calibration {file} cannot be read: {error}") from error
    if not all(np.isfinite(array).all() for array in arrays):
        raise BackendUnavailable(f"calibration {file} holds something that is no finite number")
    return arrays
