"""
What ONNX Runtime makes of a graph: how many kernels it runs once it fused, pruned and laid out.

A session writes its optimised graph when it is built.  One that does keeps more in memory, so it
is built for that alone and the one that is timed after it; the same model gives both the same
graph.  Execution providers that compile cannot write theirs; for them nothing is counted.
"""

from __future__ import annotations

from pathlib import Path

import onnx

from profiler.backends.onnxruntime.providers import Provider

OPTIMISED = "optimised.onnx"


def writes_its_graph(provider: Provider) -> bool:
    """Return whether sessions of *provider* can write the graph they run."""
    return provider.name == "cpu"


def count_kernels(optimised: Path) -> int:
    """Return how many kernels run the graph at *optimised*: one for each of its nodes."""
    return len(onnx.load(optimised, load_external_data=False).graph.node)
