"""How many kernels ONNX Runtime runs for an operation, as the session that is timed tells it."""

import pytest

pytest.importorskip("onnxruntime")

import onnx
import onnxruntime

from profiler.backends.onnx_model import onnx_model
from profiler.backends.onnxruntime import create
from profiler.backends.onnxruntime.kernels import tells_kernels
from profiler.backends.onnxruntime.providers import provider_named
from profiler.operations import MaxPool, ResidualConv, probe_graph
from profiler.parameters import random_parameters

BLOCK = ResidualConv(channels_in=8, channels_out=8, height=8, width=8)
LEVELS = {
    "none": onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL,
    "all": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL,
}


def kernels(operation, optimisation):
    with create(optimisation=optimisation).prepare(operation) as prepared:
        return prepared.kernels


@pytest.fixture
def nodes_written(tmp_path):
    """Return a function that counts the graph another session writes of what it would run."""

    def count(operation, optimisation):
        graph = probe_graph(operation)
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = LEVELS[optimisation]
        options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
        options.log_severity_level = 3
        model = onnx_model(graph, random_parameters(graph, seed=0)).SerializeToString()
        onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        return len(onnx.load(tmp_path / "optimised.onnx").graph.node)

    return count


@pytest.mark.parametrize("optimisation", LEVELS)
@pytest.mark.parametrize(
    "operation", [BLOCK, MaxPool(channels=8, height=8, width=8)], ids=lambda each: each.kind
)
def test_each_node_of_the_optimised_graph_is_a_kernel(nodes_written, operation, optimisation):
    assert kernels(operation, optimisation) == nodes_written(operation, optimisation)


def test_a_pooling_in_its_border_is_counted_node_by_node():
    # convolution before it, the pooling, and the mean that reads it
    assert kernels(MaxPool(channels=8, height=8, width=8), "none") >= 3


def test_fused_nodes_are_one_kernel():
    assert kernels(BLOCK, "extended") < kernels(BLOCK, "none")


def test_what_is_timed_is_not_profiled_and_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with create().prepare(BLOCK) as prepared:
        left = list(tmp_path.rglob("*"))
        timed_us = prepared(1)

    assert prepared.kernels > 0
    assert timed_us > 0
    assert left == list(tmp_path.rglob("*")) == []


def test_a_provider_that_compiles_its_graph_is_not_asked_for_it():
    assert tells_kernels(provider_named("cpu"))
    assert not tells_kernels(provider_named("openvino"))
