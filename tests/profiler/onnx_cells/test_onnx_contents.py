"""ONNX models as operations: the project's own, and published ones from elsewhere."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from profiler.backends.onnx_model import onnx_model
from profiler.backends.registry import open_backend
from profiler.cost import cost_of
from profiler.errors import OperationInvalid, OperationUnsupported
from profiler.onnx_cells.contents import NETWORK
from profiler.onnx_cells.reader import contents_of
from profiler.operations import (
    border_of,
    operation_from_json,
    operation_graph,
    operation_key,
    operation_to_json,
    probe_graph,
)
from profiler.parameters import random_inputs, random_parameters

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"


def model_of(nodes, constants=(), *, side=8, channels=3, output="y", properties=None):
    """Return an ONNX file: an image in, whatever the nodes make of it out."""
    image = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", channels, side, side])
    result = helper.make_tensor_value_info(output, TensorProto.FLOAT, None)
    weights = [numpy_helper.from_array(values, name) for name, values in dict(constants).items()]
    graph = helper.make_graph(nodes, "made", [image], [result], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, properties or {})
    return model


def two_convolutions():
    draw = np.random.default_rng(0)
    weights = {
        "w1": draw.standard_normal((4, 3, 3, 3)).astype("float32"),
        "w2": draw.standard_normal((4, 4, 1, 1)).astype("float32"),
    }
    nodes = [
        helper.make_node("Conv", ["x", "w1"], ["a"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "w2"], ["c"]),
        helper.make_node("Add", ["c", "b"], ["d"]),
        helper.make_node("GlobalAveragePool", ["d"], ["y"]),
    ]
    return model_of(nodes, weights)


def test_what_only_follows_a_convolution_element_by_element_runs_with_it():
    contents = contents_of(two_convolutions().SerializeToString())

    kinds = [[node.op_type for node in cell.nodes] for cell in contents.operations]
    assert kinds == [["Conv", "Relu"], ["Conv", "Add"], ["GlobalAveragePool"]]
    assert contents.network is None
    assert contents.unpriced == ()


def test_a_cell_reads_what_is_made_outside_of_it():
    _, second, _ = contents_of(two_convolutions().SerializeToString()).operations

    assert second.inputs == ((1, 4, 8, 8),)
    assert [node.tensors for node in second.nodes] == [("input0",), ("node0", "input0")]


def test_macs_and_parameters_of_a_cell_derive_from_its_nodes():
    first, *_ = contents_of(two_convolutions().SerializeToString()).operations

    cost = cost_of(operation_graph(first))

    assert cost.macs == 3 * 3 * 3 * 4 * 8 * 8
    assert cost.parameters == 4 * 3 * 3 * 3


def test_a_cell_travels_as_json_and_keeps_its_key():
    for cell in contents_of(two_convolutions().SerializeToString()).operations:
        travelled = operation_from_json(json.loads(json.dumps(operation_to_json(cell))))

        assert travelled == cell
        assert operation_key(travelled) == operation_key(cell)
        assert border_of(cell) is None


def test_equal_cells_of_different_weights_have_one_key():
    contents = contents_of((LIGHT / "light_squeezenet.onnx").read_bytes())

    counted = Counter(map(operation_key, contents.operations))

    assert len(contents.operations) == 39  # the kernels ONNX Runtime fuses it into
    assert len(counted) == 27


@pytest.mark.parametrize("name", ["resnet50", "shufflenet", "squeezenet", "inception_v2"])
def test_every_cell_of_a_published_network_runs(name):
    contents = contents_of((LIGHT / f"light_{name}.onnx").read_bytes())

    for cell in dict.fromkeys(contents.operations):
        graph = probe_graph(cell)
        model = onnx_model(graph, random_parameters(graph, seed=0))
        session = ort.InferenceSession(
            model.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        (result,) = session.run(None, random_inputs(graph, seed=0))
        assert result.shape == cell.nodes[-1].shape
        assert np.isfinite(result).all()
    assert contents.unpriced == ()


def test_a_cell_is_measured_like_any_operation_and_refused_by_torch():
    cell, *_ = contents_of(two_convolutions().SerializeToString()).operations

    with open_backend("onnxruntime").prepare(cell) as prepared:
        assert prepared.execute(1) > 0
    pytest.importorskip("torch")
    with (
        pytest.raises(OperationUnsupported, match="ONNX models: Conv"),
        open_backend("torch").prepare(cell) as prepared,
    ):
        prepared.execute(1)


def test_a_model_exported_here_says_which_network_it_is(network):
    properties = {NETWORK: json.dumps(operation_to_json(network))}
    model = model_of([helper.make_node("Relu", ["x"], ["y"])], properties=properties)

    contents = contents_of(model.SerializeToString())

    assert contents.network == network
    assert contents.operations == tuple(network.parts())


def test_shape_arithmetic_is_worked_out_and_costs_nothing():
    nodes = [
        helper.make_node("Shape", ["x"], ["s"]),
        helper.make_node("Gather", ["s", "first"], ["n"]),
        helper.make_node("Concat", ["n", "rest"], ["to"], axis=0),
        helper.make_node("Reshape", ["x", "to"], ["y"]),
    ]
    constants = {"first": np.array([0]), "rest": np.array([-1])}

    (cell,) = contents_of(model_of(nodes, constants).SerializeToString()).operations

    assert [node.op_type for node in cell.nodes] == ["Reshape"]
    assert cell.nodes[0].reads == ("@", "int64[2]=1,-1")


def test_what_no_cell_covers_is_named():
    split = [helper.make_node("Split", ["x"], ["a", "y"], axis=3)]

    contents = contents_of(model_of(split).SerializeToString())

    assert contents.operations == ()
    assert "several results" in contents.unpriced[0].reason


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (b"", "no ONNX model"),
        (b"not a model at all", "no ONNX model"),
        (model_of([helper.make_node("Relu", ["x"], ["y"])], side="H").SerializeToString(), "fixed"),
        (
            model_of([helper.make_node("Relu", ["x"], ["y"], domain="evil")]).SerializeToString(),
            "operators of evil",
        ),
        (
            model_of(
                [helper.make_node("Relu", ["x"], ["y"])],
                properties={NETWORK: '{"kind": "no such thing"}'},
            ).SerializeToString(),
            "no such thing",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(model, why):
    with pytest.raises(OperationInvalid, match=why):
        contents_of(model)


def test_a_control_flow_node_or_a_giant_tensor_is_no_operation():
    node = {"op_type": "Loop", "reads": ["@"], "tensors": ["input0"], "shape": [1]}
    cell = {"kind": "onnx_cell", "inputs": [[1]], "nodes": [node]}

    with pytest.raises(OperationInvalid, match="Loop"):
        operation_from_json(cell)
    with pytest.raises(OperationInvalid, match="elements"):
        operation_from_json(cell | {"inputs": [[2**20, 2**20]]})
    with pytest.raises(OperationInvalid, match="no earlier node"):
        operation_from_json(cell | {"nodes": [node | {"op_type": "Relu", "tensors": ["node0"]}]})
