"""
Latencies of whole networks on published devices, and which devices are new.

The data are HELP's (Lee et al., NeurIPS 2021): NAS-Bench-201 and FBNet networks on 27 device
settings, in milliseconds.  Devices are split as there: sources teach, unseen ones are met after all
settings were chosen.  In the FBNet file pixel3, raspi4, eyeriss and fpga are exact table sums: no
claim is made of them, though pixel3 teaches, as it does in HELP's split.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from profiler.errors import DataInvalid
from profiler.summary import Array

SOURCES = (
    *("1080ti_1", "1080ti_32", "1080ti_256", "silver_4114", "silver_4210r"),
    *("samsung_a50", "pixel3", "essential_ph_1", "samsung_s7"),
)
UNSEEN = ("titan_rtx_256", "gold_6226", "fpga", "pixel2", "raspi4", "eyeriss")
SOURCES_FBNET = tuple(name.replace("_256", "_64") for name in SOURCES)
"""The same devices in the FBNet file, which was measured at other batch sizes."""

POOL, QUERIES = 900, 1_000
"""Networks whose latencies on the sources are known, and networks after them that are asked for."""

TRIMMED = 0.1
"""Share of the fastest and of the slowest that HELP's protocol drops."""


@dataclass(frozen=True)
class Published:
    """
    Networks and their latencies.

    Args:
        choices: index of the operation of each position, shape (networks, positions).
        operations: how many there are to choose from.
        latency_ms: by device, of each network.
    """

    choices: Array
    operations: int
    latency_ms: dict[str, Array]

    def trimmed(self, device: str, first: int, count: int) -> Array:
        """Return *count* networks from *first* on without the device's fastest and slowest."""
        networks = np.arange(first, first + count)
        order = networks[np.argsort(self.latency_ms[device][networks], kind="stable")]
        dropped = round(TRIMMED * count)
        kept: Array = order[dropped : count - dropped]
        return kept

    def known(self, devices: Sequence[str], count: int) -> Array:
        """Return the latencies of the first networks in ms, shape (networks, devices)."""
        return np.stack([self.latency_ms[device][:count] for device in devices], axis=1)


def published(name: str) -> Published:
    """
    Return ``nasbench201`` or ``fbnet``.

    Raises:
        DataInvalid: the data are not there.
    """
    path = Path(os.environ.get("HNA_DATA", "../shared/data")) / "lut" / f"help_{name}.npz"
    if not path.exists():
        raise DataInvalid(f"{path} is not there; set HNA_DATA to the folder that holds lut/")
    with np.load(path) as content:
        latencies = zip(content["devices"], content["latency_ms"].astype(float), strict=True)
        return Published(
            choices=content["arch"].astype(int),
            operations=len(content["ops"]),
            latency_ms={str(device): values for device, values in latencies},
        )


def ranks(values: Array) -> Array:
    """
    Return the rank of each value; equal values share the average of theirs.

    >>> ranks(np.array([3.0, 1.0, 3.0])).tolist()
    [1.5, 0.0, 1.5]
    """
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts) - 1
    shared: Array = (last - (counts - 1) / 2)[place]
    return shared


def spearman(left: Array, right: Array) -> float:
    """Return the rank correlation of two lists, ties at their average rank."""
    return float(np.corrcoef(ranks(left), ranks(right))[0, 1])
