"""
Models read in a process of their own, which a hostile file can kill but nothing else.

Refuses files that are too large, that name other files, and what takes too long or too much.
"""

from __future__ import annotations

import json
import subprocess
import sys
from threading import BoundedSemaphore
from typing import Any

from profiler.errors import OperationInvalid
from profiler.onnx_cells.contents import Contents, Unpriced
from profiler.operations import Network, operation_from_json

MAX_BYTES = 512 * 2**20
TIMEOUT_S = 60.0

AT_ONCE = 2
"""How many files a process has read at the same time: each may take gigabytes."""

TURN_S = 10.0
"""How long a file waits for others to be read, in seconds."""

_turns = BoundedSemaphore(AT_ONCE)


def contents_of(model: bytes) -> Contents:
    """
    Return what the ONNX file *model* consists of.

    Raises:
        OperationInvalid: it is no ONNX model that can be read here; says why.
    """
    if len(model) > MAX_BYTES:
        raise OperationInvalid(
            f"the ONNX file has {len(model)} bytes; at most {MAX_BYTES} are read"
        )
    if not _turns.acquire(timeout=TURN_S):
        raise OperationInvalid(
            f"{AT_ONCE} other ONNX files are being read for over {TURN_S:.0f} s; try again later"
        )
    try:
        done = subprocess.run(
            [sys.executable, "-m", "profiler.backends.onnx_cells"],
            input=model,
            capture_output=True,
            timeout=TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise OperationInvalid(f"the ONNX file was not read within {TIMEOUT_S:.0f} s") from error
    finally:
        _turns.release()
    if done.returncode != 0:
        raise OperationInvalid(
            f"the ONNX file cannot be read (the reader ended with {done.returncode}): it is "
            "damaged or needs too much memory"
        )
    return _contents(json.loads(done.stdout))


def _contents(said: dict[str, Any]) -> Contents:
    if "refused" in said:
        raise OperationInvalid(f"the ONNX file cannot be used: {said['refused']}")
    network = None if said["network"] is None else operation_from_json(said["network"])
    if network is not None:
        parts = tuple(network.parts()) if isinstance(network, Network) else (network,)
        return Contents(network=network, operations=parts)
    return Contents(
        network=None,
        operations=tuple(operation_from_json(cell) for cell in said["cells"]),
        unpriced=tuple(Unpriced(**node) for node in said["unpriced"]),
    )
