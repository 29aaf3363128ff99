"""TensorRT engines, where a TensorRT is installed; a clear word where none is."""

import importlib.util

import pytest

from profiler.backends.onnx_half import with_half_precision
from profiler.backends.tensorrt.library import PACKAGES, tensorrt
from profiler.errors import BackendFailed, ExtraMissing
from search.export import export_onnx
from search.export.engine import build_engine
from search.export.onnx_file import float_model

INSTALLED = [name for name in PACKAGES if importlib.util.find_spec(name) is not None]
needs_tensorrt = pytest.mark.skipif(not INSTALLED, reason="no TensorRT is installed")


@pytest.mark.skipif(bool(INSTALLED), reason="a TensorRT is installed")
def test_without_tensorrt_the_error_names_the_extra():
    with pytest.raises(ExtraMissing, match=r"hna-nas\[tensorrt\]"):
        tensorrt()


@needs_tensorrt
@pytest.mark.parametrize("dynamic", [False, True])
def test_an_engine_is_built_of_a_float_file(network, fresh, tmp_path, dynamic):
    path = export_onnx(network, fresh(), tmp_path / "n.onnx", dynamic=dynamic)

    engine = build_engine(path, tmp_path / "n.engine", size=(32, 32))

    assert engine.stat().st_size > 10_000


@needs_tensorrt
def test_an_engine_is_built_of_a_half_precision_file(network, fresh, tmp_path):
    path = tmp_path / "half.onnx"
    path.write_bytes(with_half_precision(float_model(network, fresh())).SerializeToString())

    engine = build_engine(path, tmp_path / "half.engine", size=(32, 32))

    assert engine.stat().st_size > 10_000


@needs_tensorrt
def test_a_file_that_is_no_model_is_one_error(tmp_path):
    (tmp_path / "n.onnx").write_bytes(b"nothing of the kind")

    with pytest.raises(BackendFailed, match=r"cannot read .*n\.onnx"):
        build_engine(tmp_path / "n.onnx", tmp_path / "n.engine", size=(32, 32))
