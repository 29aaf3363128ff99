"""How many kernels ONNX Runtime runs for an operation, as its own optimised graph has them."""

import pytest

pytest.importorskip("onnxruntime")

from profiler.backends.onnxruntime import create
from profiler.backends.onnxruntime.kernels import writes_its_graph
from profiler.backends.onnxruntime.providers import provider_named
from profiler.operations import MaxPool, ResidualConv

BLOCK = ResidualConv(channels_in=8, channels_out=8, height=8, width=8)


def kernels(operation, optimisation):
    with create(optimisation=optimisation).prepare(operation) as prepared:
        return prepared.kernels


def test_a_pooling_in_its_border_is_counted_node_by_node():
    # convolution before it, the pooling, and the mean that reads it
    assert kernels(MaxPool(channels=8, height=8, width=8), "none") >= 3


def test_fused_nodes_are_one_kernel():
    assert kernels(BLOCK, "extended") < kernels(BLOCK, "none")


def test_counting_changes_nothing_of_what_is_timed():
    with create().prepare(BLOCK) as prepared:
        assert prepared(1) > 0
        assert prepared.kernels > 0


def test_a_provider_that_compiles_its_graph_is_not_asked_for_it():
    assert writes_its_graph(provider_named("cpu"))
    assert not writes_its_graph(provider_named("openvino"))
