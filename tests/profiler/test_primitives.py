"""Primitives of the baselines, by hand: what they compute, in torch and in ONNX Runtime."""

import numpy as np
import onnxruntime as ort
import pytest
import torch

from profiler.backends.onnx_model import onnx_model
from profiler.backends.torch_module import GraphModule, load_parameters
from profiler.cost import cost_of, macs_of
from profiler.errors import GraphInvalid
from profiler.graph import Convolution, GraphBuilder, TransposedConvolution
from profiler.parameters import random_inputs, random_parameters


def run_torch(graph, parameters, *arrays):
    module = GraphModule(graph).eval()
    load_parameters(module, parameters)
    with torch.no_grad():
        return module(*map(torch.from_numpy, arrays)).numpy()


def run_onnx(graph, parameters, *arrays):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    model = onnx_model(graph, parameters).SerializeToString()
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = [name for name, _ in graph.inputs]
    return session.run(None, dict(zip(names, arrays, strict=True)))[0]


in_both = pytest.mark.parametrize("run", [run_torch, run_onnx])


def graph_of(write, *shapes):
    builder = GraphBuilder()
    tensors = [builder.input(f"x{index}", shape) for index, shape in enumerate(shapes)]
    return builder.build(write(builder, *tensors))


def image(*rows):
    return np.array([[rows]], dtype=np.float32)


@in_both
def test_a_sigmoid_leads_to_probabilities(run):
    graph = graph_of(lambda b, x: b.sigmoid("y", x), (1, 1, 1, 3))

    y = run(graph, {}, image([0, np.log(3), -np.log(3)]))

    np.testing.assert_allclose(y[0, 0], [[0.5, 0.75, 0.25]], rtol=1e-6)


@in_both
def test_a_product_repeats_a_dimension_of_one(run):
    graph = graph_of(lambda b, x, y: b.multiply("z", x, y), (1, 2, 1, 1), (1, 1, 1, 3))
    channels = np.array([2, 10], dtype=np.float32).reshape(1, 2, 1, 1)

    z = run(graph, {}, channels, image([1, 2, 3]))

    assert z.tolist() == [[[[2, 4, 6]], [[10, 20, 30]]]]
    assert graph.output_shape == z.shape


@in_both
@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("global_mean", [[[[2]], [[-2]]]]),
        ("global_max", [[[[4]], [[-1]]]]),
        ("global_sum", [[[[8]], [[-8]]]]),
        ("channel_mean", [[[[0, 0.5], [0.5, -1]]]]),
        ("channel_max", [[[[1, 2], [4, 1]]]]),
    ],
)
def test_a_reduction_by_hand(run, method, expected):
    graph = graph_of(lambda b, x: getattr(b, method)("y", x), (1, 2, 2, 2))
    x = np.array([[[[1, 2], [4, 1]], [[-1, -1], [-3, -3]]]], dtype=np.float32)

    y = run(graph, {}, x)

    assert y.tolist() == expected
    assert graph.output_shape == y.shape


@in_both
def test_pooling_over_three_pixels_keeps_the_border_of_an_odd_size(run):
    graph = graph_of(lambda b, x: b.max_pool3("y", x), (1, 1, 3, 5))
    counted = np.arange(15, dtype=np.float32).reshape(1, 1, 3, 5)

    y = run(graph, {}, counted)

    # windows around rows 0, 2 and columns 0, 2, 4: their largest is the lower right pixel
    assert y.tolist() == [[[[6, 8, 9], [11, 13, 14]]]]


@in_both
def test_a_strided_convolution_keeps_every_second_pixel_from_the_first(run):
    graph = graph_of(lambda b, x: b.convolution("c", x, 1, 3, bias=False, stride=2), (1, 1, 3, 4))
    only_the_centre = np.zeros((1, 1, 3, 3), dtype=np.float32)
    only_the_centre[0, 0, 1, 1] = 1

    counted = np.arange(12, dtype=np.float32).reshape(1, 1, 3, 4)
    y = run(graph, {"c.weight": only_the_centre}, counted)

    assert y.tolist() == [[[[0, 2], [8, 10]]]]
    assert graph.output_shape == y.shape


@in_both
def test_a_transposed_convolution_spreads_each_pixel_over_four_by_four(run):
    graph = graph_of(lambda b, x: b.transposed_convolution("t", x, 1), (1, 1, 2, 2))
    weight = np.ones((1, 1, 4, 4), dtype=np.float32)
    bias = np.array([100], dtype=np.float32)

    y = run(graph, {"t.weight": weight, "t.bias": bias}, image([1, 2], [3, 4]))

    # pixel i reaches rows 2i-1 .. 2i+2: the outer rows and columns see one pixel, the inner two
    sums = [[1, 3, 3, 2], [4, 10, 10, 6], [4, 10, 10, 6], [3, 7, 7, 4]]
    assert (y[0, 0] - 100).tolist() == sums
    assert graph.output_shape == y.shape


@in_both
def test_rows_are_put_below_each_other(run):
    graph = graph_of(lambda b, x, y: b.concatenate("z", (x, y), "H"), (1, 1, 1, 2), (1, 1, 2, 2))

    z = run(graph, {}, image([1, 2]), image([3, 4], [5, 6]))

    assert z.tolist() == [[[[1, 2], [3, 4], [5, 6]]]]
    assert graph.output_shape == z.shape


def write_all(builder, x):
    """A graph in which each new layer has parameters and reads odd sizes."""
    y = builder.convolution("down", x, 6, 3, stride=2)
    y = builder.batch_norm("norm", builder.transposed_convolution("up", y, 4))
    gate = builder.sigmoid("gate", builder.convolution("squeeze", builder.global_max("m", y), 4, 1))
    return builder.max_pool3("pool", builder.multiply("scaled", y, gate))


def test_both_runtimes_agree_on_random_parameters():
    graph = graph_of(write_all, (2, 3, 7, 10))
    parameters, inputs = random_parameters(graph, seed=1), random_inputs(graph, seed=2)

    left, right = (run(graph, parameters, *inputs.values()) for run in (run_torch, run_onnx))

    assert left.shape == graph.output_shape == (2, 4, 4, 5)
    assert np.ptp(left) > 0
    np.testing.assert_allclose(left, right, rtol=1e-5, atol=1e-5)


def test_strided_and_transposed_convolutions_cost_what_they_cost_by_hand():
    strided = graph_of(lambda b, x: b.convolution("c", x, 6, 3, stride=2), (2, 3, 7, 10))
    transposed = graph_of(lambda b, x: b.transposed_convolution("t", x, 4), (2, 6, 4, 5))

    # 6*3*9 weights at 4x5 pixels of two images; 6*4*16 weights at each of 4x5 input pixels
    assert cost_of(strided).macs == 162 * 20 * 2
    assert cost_of(strided).parameters == 162 + 6
    assert cost_of(transposed).macs == 384 * 20 * 2
    assert cost_of(transposed).conv_weights == 384
    assert cost_of(transposed).parameters == 384 + 4


def test_only_convolutions_multiply():
    graph = graph_of(write_all, (1, 3, 8, 8))

    counted = {node.name for node in graph.nodes if macs_of(node)}

    convolutions = (Convolution, TransposedConvolution)
    assert counted == {n.name for n in graph.nodes if isinstance(n.primitive, convolutions)}
    assert counted == {"down", "up", "squeeze"}


def test_multiplying_sizes_that_neither_agree_nor_are_one_is_refused():
    with pytest.raises(GraphInvalid, match=r"cannot multiply \(1, 4, 2, 2\) by \(1, 4, 2, 3\)"):
        graph_of(lambda b, x, y: b.multiply("z", x, y), (1, 4, 2, 2), (1, 4, 2, 3))


def test_rows_of_two_widths_are_refused():
    with pytest.raises(GraphInvalid, match="all but H must agree"):
        graph_of(lambda b, x, y: b.concatenate("z", (x, y), "H"), (1, 4, 2, 2), (1, 4, 2, 3))
