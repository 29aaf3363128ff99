"""Exported files compute what the module computes, at one size or at any."""

import numpy as np
import onnx
import pytest
import torch

from profiler.backends.torch_module import torch_module
from profiler.errors import BackendFailed
from search.any_size import AnySize
from search.export import OnnxModule, export_onnx
from search.export.dynamic import with_any_size
from search.export.onnx_file import float_model
from search.zoo import zoo_network


def close(found, expected):
    scale = float(expected.abs().max())
    return np.allclose(found.numpy(), expected.numpy(), rtol=0, atol=1e-4 * scale)


def test_the_onnx_file_gives_the_logits_of_the_module(network, fresh, images, tmp_path):
    module, image = fresh(), images(1, 3, 32, 32)

    path = export_onnx(network, module, tmp_path / "network.onnx")

    with torch.inference_mode():
        assert close(OnnxModule(path)(image), module(image))


def test_exporting_leaves_the_module_in_its_mode(network, fresh, tmp_path):
    module = fresh().train()

    export_onnx(network, module, tmp_path / "network.onnx")

    assert module.training


def test_a_module_that_computes_something_else_is_not_exported(network, fresh, tmp_path):
    module = fresh()
    module.register_forward_hook(lambda _module, _inputs, logits: logits + 1)

    with pytest.raises(BackendFailed, match="differs from torch"):
        export_onnx(network, module, tmp_path / "network.onnx")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("shape", [(1, 3, 32, 32), (2, 3, 348, 270), (3, 3, 35, 61), (1, 3, 4, 7)])
def test_a_dynamic_file_runs_at_every_size_as_torch_does(
    network, fresh, at_size, images, tmp_path, shape
):
    path = export_onnx(network, fresh(), tmp_path / "any.onnx", dynamic=True)

    found = OnnxModule(path)(images(*shape))

    with torch.inference_mode():
        expected = at_size(*shape[2:])(images(*shape))
    assert found.shape == (shape[0], 1, *shape[2:])
    assert close(found, expected)


def test_an_image_too_small_for_the_deepest_level_is_one_error(network, fresh, images, tmp_path):
    path = export_onnx(network, fresh(), tmp_path / "any.onnx", dynamic=True)

    with pytest.raises(BackendFailed, match=r"\(1, 3, 2, 8\) are too small: the model needs 4"):
        OnnxModule(path)(images(1, 3, 2, 8))


def test_a_fixed_file_names_the_size_it_cannot_run(network, fresh, images, tmp_path):
    path = export_onnx(network, fresh(), tmp_path / "fixed.onnx")

    with pytest.raises(BackendFailed, match=r"on images \(1, 3, 48, 48\)"):
        OnnxModule(path)(images(1, 3, 48, 48))


@pytest.mark.parametrize("model", ["DNANet", "UNet", "ACM-FPN"])
def test_a_baseline_is_exported_for_every_size_too(images, model):
    baseline = zoo_network(model, backbone="resnet_10", channel_size="three", height=32, width=32)
    module = torch_module(baseline).eval()

    exported = OnnxModule(float_model(baseline, module, dynamic=True).SerializeToString())

    with torch.inference_mode():
        expected = AnySize(baseline, module).eval()(images(1, 3, 43, 50))
    assert close(exported(images(1, 3, 43, 50)), expected)


def test_resampling_to_no_halving_of_the_image_is_refused(network, fresh):
    model = float_model(network, fresh())

    with pytest.raises(BackendFailed, match="no halving of the image"):
        with_any_size(model)


@pytest.mark.parametrize("opset", [16, 18, 21])
def test_a_file_can_be_written_in_another_opset(network, fresh, images, tmp_path, opset):
    module, image = fresh(), images(2, 3, 35, 61)

    path = export_onnx(network, module, tmp_path / "n.onnx", dynamic=True, opset=opset)

    default = OnnxModule(export_onnx(network, module, tmp_path / "d.onnx", dynamic=True))
    assert onnx.load(path).opset_import[0].version == opset
    assert close(OnnxModule(path)(image), default(image))


def test_an_opset_there_is_not_is_one_error(network, fresh, tmp_path):
    with pytest.raises(BackendFailed, match="opset 999"):
        export_onnx(network, fresh(), tmp_path / "n.onnx", opset=999)
