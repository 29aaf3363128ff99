"""
What ONNX Runtime makes of a graph: how many kernels it runs once it fused, pruned and laid out.

The session that is timed tells it: its first execution is profiled, which writes an event for each
kernel, and profiling has ended before anything is timed.  Execution providers that compile run
what they compiled as one; for them nothing is counted.
"""

from __future__ import annotations

import json
from pathlib import Path

import onnxruntime as ort

from profiler.backends.onnxruntime.providers import Provider

KERNEL = "_kernel_time"
"""How the name of an event ends that is a kernel; older releases write others beside it."""


def tells_kernels(provider: Provider) -> bool:
    """Return whether sessions of *provider* tell each kernel they run."""
    return provider.name == "cpu"


def count_kernels(session: ort.InferenceSession) -> int:
    """Return how many kernels *session*, profiled and executed once, ran; end the profiling."""
    events = json.loads(Path(session.end_profiling()).read_bytes())
    return sum(event["name"].endswith(KERNEL) for event in events)
