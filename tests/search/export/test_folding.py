"""A folded batch norm is the convolution it was."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from search.export import OnnxModule
from search.export.folding import count_of, with_folded_batch_norm
from search.export.onnx_file import float_model


def norm_of(reader, result, channels):
    parts = [f"{result}.{part}" for part in ("gamma", "beta", "mean", "variance")]
    values = (2.0, 1.0, 3.0, 4.0 - 1e-5)
    node = helper.make_node("BatchNormalization", [reader, *parts], [result], epsilon=1e-5)
    constants = [
        numpy_helper.from_array(np.full(channels, value, dtype=np.float32), name)
        for name, value in zip(parts, values, strict=True)
    ]
    return node, constants


@pytest.fixture
def one_pixel():
    """A 1x1 convolution of weight 5 without a bias, a batch norm, and maybe a second reader."""

    def make(*, second_reader=False):
        norm, constants = norm_of("convolved", "normed", 1)
        nodes = [helper.make_node("Conv", ["image", "weight"], ["convolved"], "conv"), norm]
        outputs = ["normed", "convolved"] if second_reader else ["normed"]
        weight = numpy_helper.from_array(np.full((1, 1, 1, 1), 5, dtype=np.float32), "weight")
        values = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, 1, 1])
            for name in ("image", *outputs)
        ]
        graph = helper.make_graph(nodes, "one", values[:1], values[1:], [weight, *constants])
        opset = [helper.make_opsetid("", 17)]
        return helper.make_model(graph, opset_imports=opset, ir_version=8)

    return make


def test_the_folded_convolution_has_the_weights_one_gets_by_hand(one_pixel):
    folded = with_folded_batch_norm(one_pixel())

    weights = {each.name: numpy_helper.to_array(each) for each in folded.graph.initializer}
    (convolution,) = folded.graph.node
    assert weights[convolution.input[1]].item() == pytest.approx(5 * 2 / 2)
    assert weights[convolution.input[2]].item() == pytest.approx((0 - 3) * 2 / 2 + 1)
    assert list(convolution.output) == ["normed"]
    assert len(weights) == 2


def test_a_convolution_somebody_else_reads_keeps_its_batch_norm(one_pixel):
    folded = with_folded_batch_norm(one_pixel(second_reader=True))

    assert [node.op_type for node in folded.graph.node] == ["Conv", "BatchNormalization"]


def test_a_folded_network_has_no_batch_norm_and_the_same_logits(network, fresh, images):
    plain = float_model(network, fresh(), folded=False)

    folded = with_folded_batch_norm(plain)

    expected = OnnxModule(plain.SerializeToString())(images(1, 3, 32, 32))
    found = OnnxModule(folded.SerializeToString())(images(1, 3, 32, 32))
    assert count_of(plain, "BatchNormalization") > 5
    assert count_of(folded, "BatchNormalization") == 0
    assert (found - expected).abs().max() <= 1e-4 * expected.abs().max()


def test_folding_leaves_the_model_it_was_given(network, fresh):
    plain = float_model(network, fresh(), folded=False)
    before = plain.SerializeToString()

    with_folded_batch_norm(plain)

    assert plain.SerializeToString() == before
