"""Models in a precision, calibrations, and outputs that must agree; none of it needs a GPU."""

import json

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from profiler.backends.tensorrt.agreement import EXACT, require_agreement, tolerance
from profiler.backends.tensorrt.calibration import read_calibration
from profiler.backends.tensorrt.layers import inspected_layers, logged_layers
from profiler.backends.tensorrt.model import Models
from profiler.errors import BackendFailed, BackendUnavailable
from profiler.operations import Concat, ResidualConv, probe_graph

OPERATION = ResidualConv(channels_in=8, channels_out=8, height=16, width=16)
GRAPH = probe_graph(OPERATION)


def run(model):
    session = ort.InferenceSession(model.content, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_outputs()]
    return dict(zip(names, session.run(names, model.inputs), strict=True))


@pytest.fixture
def recordings(tmp_path):
    generator = np.random.default_rng(0)
    np.save(tmp_path / "a.npy", generator.uniform(0, 3, (1, 2, 4, 4)))
    np.savez(tmp_path / "b.npz", one=generator.uniform(5, 6, (1, 8, 16, 16)).astype(np.float32))
    (tmp_path / "notes.txt").write_text("recorded on Tuesday")
    return tmp_path


def test_equal_operations_have_equal_models_and_inputs():
    first, second = (Models("fp32", None).model(GRAPH) for _ in range(2))

    assert first.content == second.content
    assert all((first.inputs[name] == second.inputs[name]).all() for name in first.inputs)


def test_in_half_precision_inputs_weights_and_outputs_are_halves():
    model = Models("fp16", None).model(probe_graph(Concat(channels=(4, 8), height=16, width=16)))

    graph = onnx.load_from_string(model.content).graph
    assert {value.type.tensor_type.elem_type for value in (*graph.input, *graph.output)} == {10}
    assert len(model.inputs) == 2
    assert all(array.dtype == np.float16 for array in model.inputs.values())
    assert all(output.dtype == np.float16 for output in run(model).values())


def test_8_bits_without_a_calibration_are_refused_and_told_how():
    with pytest.raises(BackendUnavailable, match=r"int8 needs a calibration.*calibration=FOLDER"):
        Models("int8", None)


def test_a_calibration_that_nothing_would_use_is_refused(recordings):
    with pytest.raises(BackendUnavailable, match="fp16 takes no calibration"):
        Models("fp16", recordings)


def test_an_unknown_precision_is_refused():
    with pytest.raises(BackendUnavailable, match="'fp8'; choose one of fp32, fp16, int8"):
        Models("fp8", None)


def test_an_input_is_the_first_recording_of_its_shape_or_drawn_from_all(recordings):
    calibration = read_calibration(recordings)
    shapes = {shape for _, shape in GRAPH.inputs}

    exact = calibration.inputs(GRAPH, seed=0)
    drawn = calibration.inputs(probe_graph(Concat(channels=(6,) * 2, height=8, width=8)), seed=0)

    assert shapes == {(1, 8, 16, 16)}
    assert all(array.min() >= 5 for array in exact.values())
    values = np.concatenate([array.ravel() for array in calibration.arrays])
    assert all(np.isin(array, values).all() for array in drawn.values())


def test_8_bit_weights_have_symmetric_scales_and_compute_nearly_the_same(recordings):
    eight = Models("int8", recordings).model(GRAPH)

    graph = onnx.load_from_string(eight.content).graph
    zeros = {n.input[2] for n in graph.node if n.op_type in ("QuantizeLinear", "DequantizeLinear")}
    constants = {c.name: onnx.numpy_helper.to_array(c) for c in graph.initializer}
    assert all(not constants[name].any() for name in zeros)
    assert not [n for n in graph.node if n.op_type == "BatchNormalization"]
    floats = Models("fp32", None).model(GRAPH)
    (expected,) = run(type(floats)(content=floats.content, inputs=eight.inputs)).values()
    (found,) = run(eight).values()
    assert 0 < np.abs(found - expected).max() < 0.05 * np.abs(expected).max()


def test_the_calibration_is_part_of_the_environment(recordings):
    digest = read_calibration(recordings).digest

    assert Models("int8", recordings).options == (f"calibration={digest}",)


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.npy", b"no array", "cannot be read"),
        ("a.npz", b"no archive", "cannot be read"),
        ("a.txt", b"1 2 3", "holds no numbers"),
    ],
)
def test_a_calibration_that_is_none_is_one_error(tmp_path, name, content, complaint):
    (tmp_path / name).write_bytes(content)

    with pytest.raises(BackendUnavailable, match=complaint):
        read_calibration(tmp_path)


def test_a_calibration_that_is_not_there_is_one_error(tmp_path):
    with pytest.raises(BackendUnavailable, match="absent"):
        read_calibration(tmp_path / "absent.npy")


def test_a_calibration_with_something_infinite_is_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.array([1.0, np.inf]))

    with pytest.raises(BackendUnavailable, match="no finite number"):
        read_calibration(tmp_path / "a.npy")


def test_outputs_that_agree_pass():
    model = Models("fp32", None).model(GRAPH)

    require_agreement(model, run(model), EXACT, "op")


def test_a_wrong_output_names_operation_error_and_tolerance():
    model = Models("fp32", None).model(GRAPH)
    ((name, right),) = run(model).items()
    wrong = right.copy()
    wrong.flat[0] += 0.25 * np.abs(right).max()

    with pytest.raises(BackendFailed, match=rf"^op: output '{name}' .* by 0\.25 .* 0\.02 is accep"):
        require_agreement(model, {name: wrong}, tolerance("fp16", tf32=True), "op")


def test_an_output_that_is_no_number_does_not_agree():
    model = Models("fp32", None).model(GRAPH)
    ((name, right),) = run(model).items()

    with pytest.raises(BackendFailed, match="by nan"):
        require_agreement(model, {name: right * np.nan}, EXACT, "op")


def test_a_missing_output_does_not_agree():
    model = Models("fp32", None).model(GRAPH)

    with pytest.raises(BackendFailed, match="no output"):
        require_agreement(model, {}, EXACT, "op")


def test_float32_is_held_to_more_where_tf32_is_off():
    assert tolerance("fp32", tf32=False) < tolerance("fp32", tf32=True)


def test_layers_of_the_inspector_are_read_in_detail_and_by_name():
    """As the developer guide shows a document of the inspector, at both verbosities."""
    detailed = {
        "Name": "node_of_gpu_0/conv1_1 + node_of_gpu_0/res_conv1_bn_2",
        "LayerType": "CaskConvolution",
        "TacticName": "sm80_xmma_fprop_implicit_gemm_interleaved",
        "Metadata": "[ONNX Layer: relu]\x1f[ONNX Layer: conv1]",
    }

    layers = inspected_layers(json.dumps({"Layers": [detailed, "by name"], "Bindings": []}))

    name = detailed["Name"]
    assert layers == (f"CaskConvolution {name} (conv1 + relu)", "by name")


def test_a_control_character_that_is_not_escaped_does_no_harm():
    metadata = "[ONNX Layer: relu]\x1f[ONNX Layer: conv1]"
    document = f'{{"Layers": [{{"Name": "a", "LayerType": "kgen", "Metadata": "{metadata}"}}]}}'

    assert inspected_layers(document) == ("kgen a (conv1 + relu)",)


def test_a_message_that_lists_no_layers_has_none():
    assert logged_layers("Layers:\nNo layer information will be returned.") == ()
