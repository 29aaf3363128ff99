"""The process that reads one ONNX file from its input and writes what it found as JSON."""

from __future__ import annotations

import json
import resource
import sys
from typing import Any

MAX_MEMORY_BYTES = 4 * 2**30
MAX_CPU_S = 55


def main() -> None:
    """Read, within bounds that the system holds."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    json.dump(_read(sys.stdin.buffer.read()), sys.stdout)


def _read(model: bytes) -> dict[str, Any]:
    from profiler.backends.onnx_cells.model import read
    from profiler.errors import HnaError

    try:
        return read(model)
    except HnaError as error:
        return {"refused": str(error)}


if __name__ == "__main__":
    main()
