"""
Whole networks of a search space with their published latencies on many devices.

HELP's data (Lee et al., NeurIPS 2021, which took part of it from HW-NAS-Bench, Li et al., ICLR
2021) as an ``.npz`` of four arrays: ``arch`` (networks x choices), ``ops`` (names of what can be
chosen), ``devices`` and ``latency_ms`` (devices x networks).  It holds one latency a network and
device, without its spread, and no accuracy.  Nothing in the file is ever executed.

A network's name is its architecture in the words of its space: NAS-Bench-201's own text (Dong and
Yang, ICLR 2020), and for FBNet's space, which has none, its blocks in order.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from profiler.errors import TableInvalid
from profiler.summary import Array

CELL = "|{}~0|+|{}~0|{}~1|+|{}~0|{}~1|{}~2|"
"""NAS-Bench-201's text of a cell: what each node reads, ``operation~node``."""

ARRAYS = ("arch", "devices", "latency_ms", "ops")


@dataclass(frozen=True, kw_only=True, eq=False)
class PublishedNetworks:
    """
    What a file says.

    Args:
        source: name of the file.
        sha256: of the file.
        format: whose names the networks have: ``nasbench201`` or ``fbnet_space``.
        devices: names of the devices.
        names: of the networks, each once.
        latency_us: shape (devices, networks), in microseconds; all above zero.
    """

    source: str
    sha256: str
    format: str
    devices: tuple[str, ...]
    names: tuple[str, ...]
    latency_us: Array

    def on(self, device: str) -> dict[str, float]:
        """
        Return the latencies on a device by network, in microseconds.

        Raises:
            TableInvalid: the file does not hold the device.
        """
        if device not in self.devices:
            raise TableInvalid(
                f"{self.source} has no device {device!r:.80}; it has {', '.join(self.devices)}"
            )
        latencies = self.latency_us[self.devices.index(device)]
        return dict(zip(self.names, latencies.tolist(), strict=True))


def read_networks(path: Path) -> PublishedNetworks:
    """
    Return the published latencies in a file.

    Raises:
        TableInvalid: it cannot be read, holds something else, or is of no space known here.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TableInvalid(f"{path} cannot be read: {error.strerror}") from error
    arrays = _arrays(data, path.name)
    format, names = _named(arrays, path.name)
    devices = tuple(map(str, arrays["devices"].tolist()))
    latency_us = np.asarray(arrays["latency_ms"], dtype=np.float64) * 1e3
    _require_sound(path.name, devices, names, latency_us)
    return PublishedNetworks(
        source=path.name,
        sha256=hashlib.sha256(data).hexdigest(),
        format=format,
        devices=devices,
        names=names,
        latency_us=latency_us,
    )


def _arrays(data: bytes, source: str) -> dict[str, Any]:
    """Return the arrays of a file, or raise ``TableInvalid``; objects are refused unread."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in ARRAYS}
    except (ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise TableInvalid(
            f"{source} is no .npz of the arrays {', '.join(ARRAYS)}: {error}"
        ) from error
    kinds = {"arch": (2, "iu"), "devices": (1, "U"), "latency_ms": (2, "f"), "ops": (1, "U")}
    for name, (axes, kind) in kinds.items():
        found = arrays[name]
        if found.ndim != axes or found.dtype.kind not in kind:
            raise TableInvalid(
                f"{source}: {name} has {found.ndim} axes of {found.dtype}; {axes} are needed, of "
                f"kind {kind}"
            )
    return arrays


def _named(arrays: dict[str, Any], source: str) -> tuple[str, tuple[str, ...]]:
    """Return whose names the networks have, and their names."""
    choices, ops = arrays["arch"], tuple(map(str, arrays["ops"].tolist()))
    if choices.size == 0 or choices.min() < 0 or choices.max() >= len(ops):
        raise TableInvalid(f"{source}: arch must index the {len(ops)} names of ops")
    known = _SPACES.get((choices.shape[1], ops))
    if known is None:
        raise TableInvalid(
            f"{source}: networks of {choices.shape[1]} choices among {', '.join(ops):.200} are of "
            f"no space known here; known are {', '.join(name for name, _ in _SPACES.values())}"
        )
    format, text = known
    return format, tuple(text([ops[choice] for choice in row]) for row in choices.tolist())


def _require_sound(
    source: str, devices: Sequence[str], names: Sequence[str], latency_us: Array
) -> None:
    if latency_us.shape != (len(devices), len(names)):
        raise TableInvalid(
            f"{source}: latency_ms is {latency_us.shape[0]} x {latency_us.shape[1]}, for "
            f"{len(devices)} devices and {len(names)} networks"
        )
    for what, texts in (("device", devices), ("network", names)):
        if len(set(texts)) < len(texts):
            raise TableInvalid(f"{source} has a {what} twice; keep one")
    if not (np.isfinite(latency_us).all() and (latency_us > 0).all()):
        raise TableInvalid(f"{source} has a latency that is no time; leave such networks out")


def nasbench201_name(operations: Sequence[str]) -> str:
    """
    Return the name of a cell by the operations of its edges.

    Args:
        operations: of the edges 0>1, 0>2, 1>2, 0>3, 1>3, 2>3.

    >>> nasbench201_name(["nor_conv_3x3", "none", "skip_connect", "none", "none", "none"])
    '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|none~2|'
    """
    return CELL.format(*operations)


_NASBENCH201 = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
_FBNET = ("k3_e1", "k3_e1_g2", "k3_e3", "k3_e6", "k5_e1", "k5_e1_g2", "k5_e3", "k5_e6", "skip")
_SPACES: dict[tuple[int, tuple[str, ...]], tuple[str, Callable[[Sequence[str]], str]]] = {
    (6, _NASBENCH201): ("nasbench201", nasbench201_name),
    (22, _FBNET): ("fbnet_space", "|".join),
}
"""Choices of a network and what can be chosen, to whose names they are and what writes them."""
