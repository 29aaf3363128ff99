"""What is computed on ARM is what is computed on x86."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

pytestmark = pytest.mark.timeout(900)  # the first test may build the machine

SCRIPT = """
import sys
import numpy as np
import onnxruntime as ort
from profiler.backends.onnx_model import onnx_model
from profiler.operations import Border, InvertedConv, ResidualConv, Resize, SpatialConv
from profiler.operations import operation_graph
from profiler.parameters import random_inputs, random_parameters

shape = {"channels_in": 8, "channels_out": 16, "height": 16, "width": 16}
operations = {
    "residual": ResidualConv(**shape, kernel=5),
    "grouped": ResidualConv(**shape, groups=4),
    "inverted": InvertedConv(**shape, expansion=2),
    "spatial": SpatialConv(**shape),
    "resize": Resize(channels=8, height_in=8, width_in=8, height=16, width=16),
    "border": Border(channels=(8, 16), height=16, width=16),
}
outputs = {}
for name, operation in operations.items():
    graph = operation_graph(operation)
    model = onnx_model(graph, random_parameters(graph, seed=0)).SerializeToString()
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    (outputs[name],) = session.run(None, random_inputs(graph, seed=0))
np.savez(sys.argv[1], **outputs)
"""


def test_one_operation_of_each_kind_gives_the_same_numbers_on_both(arm, tmp_path):
    here, there = tmp_path / "x86.npz", tmp_path / "arm.npz"

    subprocess.run([sys.executable, "-c", SCRIPT, str(here)], check=True, timeout=60)
    arm.python("-c", SCRIPT, str(there))

    expected, given = np.load(here), np.load(there)
    assert set(given) == set(expected)
    for name in expected:
        error = np.abs(given[name] - expected[name]).max() / np.abs(expected[name]).max()
        assert error < 1e-5, f"{name} differs by {error:.2g}"
        assert np.ptp(given[name]) > 0, f"{name} is constant"
