"""Half precision and 8 bits: what is converted, what stays, what is refused."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper

from profiler.backends.onnx_half import with_half_precision, with_rounding
from profiler.errors import BackendFailed, DataInvalid
from search.export import OnnxModule
from search.export.onnx_file import float_model
from search.export.quantise import calibration_images, left_in_float, quantised


@pytest.fixture
def model(network, fresh):
    return float_model(network, fresh(), dynamic=True)


def types_of(values):
    return {value.type.tensor_type.elem_type for value in values}


@pytest.mark.parametrize("float_io", [True, False])
def test_half_precision_is_close_to_float_and_keeps_its_interface_if_asked(model, images, float_io):
    half = with_half_precision(model, float_io=float_io)

    onnx.checker.check_model(half, full_check=True)
    expected = OnnxModule(model.SerializeToString())(images(2, 3, 35, 61))
    found = OnnxModule(half.SerializeToString())(images(2, 3, 35, 61))
    wanted = TensorProto.FLOAT if float_io else TensorProto.FLOAT16
    assert types_of([*half.graph.input, *half.graph.output]) == {wanted}
    assert all(each.data_type != TensorProto.FLOAT for each in half.graph.initializer)
    assert 0 < (found - expected).abs().max() <= 0.02 * expected.abs().max()


def test_a_weight_beyond_half_precision_is_named(network, fresh):
    module = fresh()
    module.get_submodule("head.conv").weight.data.fill_(1e6)

    with pytest.raises(BackendFailed, match=r"head\.conv\.weight holds 1e\+06, beyond the 65504"):
        with_half_precision(float_model(network, module))


def test_every_number_of_the_rounded_model_fits_into_half_precision(network, fresh, images):
    plain = float_model(network, fresh())

    rounded = with_rounding(plain)

    logits = OnnxModule(rounded.SerializeToString())(images(1, 3, 32, 32)).numpy()
    weights = [numpy_helper.to_array(each) for each in rounded.graph.initializer]
    for array in (logits, *(each for each in weights if each.dtype == np.float32)):
        np.testing.assert_array_equal(array, array.astype(np.float16).astype(np.float32))
    exact = OnnxModule(plain.SerializeToString())(images(1, 3, 32, 32)).numpy()
    assert 0 < np.abs(logits - exact).max() <= 0.02 * np.abs(exact).max()


def test_calibration_sees_training_images_only_spread_over_the_list(scenes):
    found = list(calibration_images(scenes, size=32, count=3))

    chosen = (scenes.train[0], scenes.train[3], scenes.train[-1])
    expected = [scenes.normalisation.apply(sample.load()[0])[None] for sample in chosen]
    assert len(scenes.train) == 8
    np.testing.assert_array_equal(np.concatenate(found), np.concatenate(expected))


def test_calibrating_on_no_image_is_refused(scenes):
    with pytest.raises(DataInvalid, match="0 calibration images"):
        list(calibration_images(scenes, size=32, count=0))


def test_eight_bits_leave_the_head_in_float_and_stay_near_the_logits(model, scenes, images):
    pictures = list(calibration_images(scenes, size=32, count=8))

    eight = quantised(model, pictures)

    weights = [each for each in eight.graph.initializer if each.data_type == TensorProto.INT8]
    expected = OnnxModule(model.SerializeToString())(images(1, 3, 35, 61))
    found = OnnxModule(eight.SerializeToString())(images(1, 3, 35, 61))
    assert left_in_float(eight) == ("head.conv",)
    assert max(each.dims[0] for each in weights if len(each.dims) == 1) > 1
    assert (found - expected).abs().mean() <= 0.2 * expected.abs().max()
