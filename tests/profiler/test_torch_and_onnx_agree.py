"""One definition, two runtimes: torch modules and ONNX models compute the same numbers."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch

from profiler.backends.onnx_model import onnx_model
from profiler.backends.torch_module import GraphModule, load_parameters
from profiler.operations import (
    ALL_CANDIDATES,
    EXTENDED_CANDIDATES,
    NEW_CANDIDATES,
    Border,
    Cell,
    Concat,
    Head,
    MaxPool,
    Network,
    PlacedOperation,
    Position,
    ReducedNetwork,
    Resize,
    candidate_at,
    operation_graph,
    probe_graph,
)
from profiler.parameters import random_inputs, random_parameters

POSITIONS = [
    Position(channels_in=8, channels_out=8, height=8, width=8),
    Position(channels_in=8, channels_out=8, height=9, width=7, blocks=2),
    Position(channels_in=6, channels_out=16, height=7, width=11),
    Position(channels_in=24, channels_out=8, height=5, width=6, blocks=2, batch=2),
    Position(channels_in=3, channels_out=8, height=13, width=9),
]

GLUE = [
    Resize(channels=8, height_in=5, width_in=3, height=11, width=7),
    Resize(channels=8, height_in=11, width_in=7, height=5, width=3),
    Resize(batch=2, channels=3, height_in=4, width_in=4, height=1, width=9),
    MaxPool(channels=8, height=9, width=7),
    MaxPool(batch=2, channels=3, height=8, width=2),
    Concat(channels=(8, 16, 3), height=5, width=7),
    Head(batch=2, channels=8, height=5, width=7),
]

FUSED = POSITIONS[3]
"""Reads 24 channels."""

PLACES = [
    {"sources": (8, 16)},
    {"sources": (24,), "resampled": ((10, 12),)},
    {"sources": (8, 8, 8), "resampled": ((10, 12), (2, 3), (5, 6))},
    {"sources": (8, 16), "resampled": ((10, 12, 4), (2, 3), (9, 4, 4))},
]

BORDERS = [
    Border(channels=(8,), height=5, width=7),
    Border(batch=2, channels=(8, 16, 32), height=4, width=4),
]


def network(height, width, *candidates, kind=Network):
    """Three levels and iterations; pooling, resizing both ways, one to three inputs."""
    first, second, third, fourth, fifth, sixth = candidates
    cells = (
        Cell(iteration=0, level=0, inputs=(), candidate=first),
        Cell(iteration=0, level=1, inputs=((0, 0),), candidate=second, blocks=2),
        Cell(iteration=0, level=2, inputs=((0, 1),), candidate=third, blocks=2),
        Cell(iteration=1, level=0, inputs=((0, 0), (0, 1), (0, 2)), candidate=fourth),
        Cell(iteration=1, level=1, inputs=((1, 0), (0, 0), (0, 1)), candidate=fifth),
        Cell(iteration=2, level=0, inputs=((1, 0), (1, 1)), candidate=sixth),
    )
    return kind(height=height, width=width, channels=(8, 16, 32), cells=cells)


NETWORKS = [
    network(32, 32, *ALL_CANDIDATES[0:24:4]),
    network(27, 22, *ALL_CANDIDATES[2:26:4]),
    network(19, 33, *ALL_CANDIDATES[-1:-7:-1]),
    network(27, 22, *ALL_CANDIDATES[2:26:4], kind=ReducedNetwork),
    network(19, 33, *NEW_CANDIDATES[:0:-1], kind=ReducedNetwork),
]

WHOLE = ["even", "odd", "spatial and groups", "reduced", "reduced of new candidates"]


def run_torch(graph, parameters, inputs):
    module = GraphModule(graph).eval()
    load_parameters(module, parameters)
    with torch.no_grad():
        return module(*(torch.from_numpy(array) for array in inputs.values())).numpy()


def run_onnx(graph, parameters, inputs):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    model = onnx_model(graph, parameters).SerializeToString()
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return session.run(None, inputs)[0]


def assert_agreement(graph):
    parameters, inputs = random_parameters(graph, seed=1), random_inputs(graph, seed=2)

    from_torch = run_torch(graph, parameters, inputs)
    from_onnx = run_onnx(graph, parameters, inputs)

    assert from_torch.shape == from_onnx.shape == graph.output_shape
    assert np.ptp(from_torch) > 0  # a constant would agree with anything
    scale = float(np.abs(from_torch).max())
    np.testing.assert_allclose(from_onnx, from_torch, rtol=1e-5, atol=1e-5 * scale)


@pytest.mark.parametrize("name", ALL_CANDIDATES + NEW_CANDIDATES)
def test_a_candidate_computes_the_same_in_both_at_every_position(name):
    for position in POSITIONS:
        assert_agreement(operation_graph(candidate_at(name, position)))


@pytest.mark.parametrize("name", ALL_CANDIDATES + NEW_CANDIDATES)
def test_an_embedded_candidate_computes_the_same_in_both(name):
    assert_agreement(probe_graph(candidate_at(name, POSITIONS[3])))


@pytest.mark.parametrize("name", EXTENDED_CANDIDATES)
def test_a_placed_candidate_computes_the_same_in_both_alone_and_embedded(name):
    for place in PLACES:
        placed = PlacedOperation(operation=candidate_at(name, FUSED), **place)

        assert_agreement(operation_graph(placed))
        assert_agreement(probe_graph(placed))


def test_a_placed_candidate_that_reads_the_image_computes_the_same_in_both():
    candidate = candidate_at("3x3_ResConv", POSITIONS[4])

    assert_agreement(
        operation_graph(PlacedOperation(operation=candidate, sources=(3,), resampled=((6, 4),)))
    )


@pytest.mark.parametrize("operation", GLUE, ids=str)
def test_glue_computes_the_same_in_both_alone_and_embedded(operation):
    assert_agreement(operation_graph(operation))
    assert_agreement(probe_graph(operation))


@pytest.mark.parametrize("operation", BORDERS, ids=str)
def test_a_border_computes_the_same_in_both(operation):
    assert_agreement(operation_graph(operation))


@pytest.mark.parametrize("operation", NETWORKS, ids=WHOLE)
def test_a_whole_network_computes_the_same_in_both(operation):
    assert_agreement(operation_graph(operation))


@pytest.mark.parametrize("run", [run_torch, run_onnx])
def test_resampling_keeps_the_corners_where_they_are(run):
    graph = operation_graph(Resize(channels=1, height_in=2, width_in=2, height=4, width=4))
    square = np.array([[[[0, 3], [6, 9]]]], dtype=np.float32)

    enlarged = run(graph, {}, {"input0": square})

    # align_corners: a step of 1 along a row and of 2 along a column, from corner to corner
    expected = [[0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 6, 7], [6, 7, 8, 9]]
    np.testing.assert_allclose(enlarged[0, 0], expected, atol=1e-5)


@pytest.mark.parametrize("run", [run_torch, run_onnx])
def test_shrinking_picks_corners_too_and_does_not_average(run):
    graph = operation_graph(Resize(channels=1, height_in=1, width_in=5, height=1, width=3))
    row = np.array([[[[1, 20, 3, 40, 5]]]], dtype=np.float32)

    shrunk = run(graph, {}, {"input0": row})

    np.testing.assert_allclose(shrunk[0, 0], [[1, 3, 5]], atol=1e-5)


@pytest.mark.parametrize("run", [run_torch, run_onnx])
def test_pooling_an_odd_size_drops_the_last_row_and_column(run):
    graph = operation_graph(MaxPool(channels=1, height=3, width=5))
    counted = np.arange(15, dtype=np.float32).reshape(1, 1, 3, 5)

    pooled = run(graph, {}, {"input0": counted})

    # rows 0-1, columns 0-1 and 2-3: the largest are 6 and 8; row 2 and column 4 are dropped
    assert pooled.tolist() == [[[[6, 8]]]]


@pytest.mark.parametrize("run", [run_torch, run_onnx])
def test_the_projection_of_an_inverted_block_is_clipped_to_six(run):
    graph = operation_graph(candidate_at("3x3_MBConv2", POSITIONS[0]))
    parameters = random_parameters(graph, seed=1)
    parameters["block0.bn_project.weight"] *= 100
    inputs = random_inputs(graph, seed=2)

    result = run(graph, parameters, inputs)

    assert (result.min(), result.max()) == (0, 6)


@pytest.mark.parametrize(
    "graph",
    [
        operation_graph(NETWORKS[1]),
        probe_graph(PlacedOperation(operation=candidate_at("5x5_MBConv6", FUSED), **PLACES[2])),
    ],
    ids=["network", "probe"],
)
def test_a_model_is_valid_onnx_and_has_a_node_for_each_primitive(graph):
    model = onnx_model(graph, random_parameters(graph, seed=0))

    onnx.checker.check_model(model, full_check=True)
    assert [node.name for node in model.graph.node] == [node.name for node in graph.nodes]
