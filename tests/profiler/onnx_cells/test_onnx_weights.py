"""Weights are no part of a cell, however few there are; what is no weight is."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from profiler.onnx_cells.reader import contents_of
from profiler.operations import operation_key, probe_graph
from profiler.parameters import random_parameters

BATCH_NORM = ("scale", "bias", "mean", "var")


def cells_of(nodes, **constants):
    """Return the cells of a model of *nodes* that reads 3 channels of 8 by 8."""
    image = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])
    result = helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, None)
    weights = [
        numpy_helper.from_array(np.asarray(values, "float32"), name)
        for name, values in constants.items()
    ]
    graph = helper.make_graph(nodes, "made", [image], [result], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return contents_of(model.SerializeToString()).operations


def keys_of(nodes, **constants):
    return [operation_key(cell) for cell in cells_of(nodes, **constants)]


def test_networks_that_were_trained_differently_have_one_key_down_to_the_smallest_weight():
    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["c"]),
        helper.make_node("BatchNormalization", ["c", *BATCH_NORM], ["d"]),
        helper.make_node("PRelu", ["d", "slope"], ["e"]),
        helper.make_node("Mul", ["e", "gain"], ["y"]),
    ]

    def trained(seed):
        draw = np.random.default_rng(seed)
        vectors = {name: draw.random(4) for name in ("b", *BATCH_NORM)}
        few = {"w": draw.random((4, 3, 1, 1)), "slope": draw.random(1)}
        return keys_of(nodes, **vectors, **few, gain=draw.random((4, 1, 1)))

    (key,) = trained(1)

    assert trained(2) == [key]
    assert "float32[4,3,1,1]|float32[4]" in key
    assert "=0." not in key


def test_a_bound_and_a_scale_are_part_of_a_cell():
    def clipped(high):
        return keys_of([helper.make_node("Clip", ["x", "", "high"], ["y"])], high=high)

    def halved(by):
        return keys_of([helper.make_node("Mul", ["x", "by"], ["y"])], by=by)

    assert clipped(6.0) != clipped(1.0)
    assert halved(0.5) != halved(2.0)
    assert "float32[]=6" in clipped(6.0)[0]


def test_few_weights_are_drawn_as_many_are():
    nodes = [helper.make_node("BatchNormalization", ["x", *BATCH_NORM], ["y"])]
    (cell,) = cells_of(nodes, **{name: np.ones(3) for name in BATCH_NORM})

    drawn = random_parameters(probe_graph(cell), seed=0)

    variances = [values for name, values in drawn.items() if "var" in name]
    assert [values.shape for values in variances] == [(3,)]
    assert (variances[0] > 0).all()
