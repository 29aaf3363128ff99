"""
The tensorrt backend from operation to samples, with the GPU taken out.

Engines are built for real by TensorRT-RTX.  No machine without a GPU can load them, so the runtime
is replaced by one with TensorRT's interface that runs the same ONNX model on the processor, in the
memory of the simulated GPU; it says what an execution costs.  Kernels are all that is not real.
"""

import ctypes
import json

import numpy as np
import onnxruntime as ort
import pytest

from profiler.backends.cuda.opening import DRIVER_LIBRARY, open_cuda
from profiler.backends.cuda.simulated import SimulatedCuda
from profiler.backends.registry import open_backend, why_unavailable
from profiler.backends.tensorrt import backend as backends
from profiler.backends.tensorrt.backend import create
from profiler.backends.tensorrt.builder import BuildSettings, build_plan
from profiler.backends.tensorrt.execution import loaded
from profiler.backends.tensorrt.library import Library, tensorrt
from profiler.backends.tensorrt.model import Models
from profiler.errors import BackendFailed, BackendUnavailable
from profiler.operations import (
    Cell,
    Concat,
    MaxPool,
    Network,
    PlacedOperation,
    ResidualConv,
    Resize,
    probe_graph,
)

rtx = pytest.importorskip("tensorrt_rtx", reason="tensorrt-rtx-cu13 is not installed")

OPERATION = ResidualConv(channels_in=8, channels_out=8, height=16, width=16)
OPERATIONS = (
    OPERATION,
    Concat(channels=(4, 8), height=16, width=16),
    MaxPool(channels=4, height=17, width=16),
    Resize(channels=4, height_in=8, width_in=8, height=16, width=16),
    PlacedOperation(
        operation=ResidualConv(channels_in=12, channels_out=8, height=16, width=16),
        sources=(4, 8),
        resampled=((32, 32), (8, 8)),
    ),
    Network(
        height=16,
        width=16,
        channels=(4, 8),
        cells=(
            Cell(iteration=0, level=0, inputs=(), candidate="3x3_ResConv"),
            Cell(iteration=0, level=1, inputs=((0, 0),), candidate="3x3_SpaConv"),
            Cell(iteration=1, level=0, inputs=((0, 0), (0, 1)), candidate="3x3_MBConv2"),
        ),
    ),
)
EXECUTION_US = 12.5
NUMBERS = {"tensor(float)": rtx.float32, "tensor(float16)": rtx.float16}


class HostEngine:
    """An engine and its context: runs the model on the processor, at the addresses it is given."""

    device_memory_size_v2 = 1000

    def __init__(self, model, cuda, spoil):
        self._session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
        self._tensors = [*self._session.get_inputs(), *self._session.get_outputs()]
        self._addresses = {}
        self._cuda = cuda
        self._spoil = spoil
        self.num_io_tensors = len(self._tensors)

    def create_execution_context(self):
        return self

    def create_engine_inspector(self):
        return self

    def get_engine_information(self, _):
        return json.dumps({"Layers": ["all of it at once"]})

    def get_engine_stat(self, _):
        return 500

    def get_tensor_name(self, index):
        return self._tensors[index].name

    def get_tensor_shape(self, name):
        return next(t.shape for t in self._tensors if t.name == name)

    def get_tensor_dtype(self, name):
        return next(NUMBERS[t.type] for t in self._tensors if t.name == name)

    def set_tensor_address(self, name, address):
        self._addresses[name] = address

    def execute_async_v3(self, stream):
        assert stream == self._cuda.stream
        feed = {t.name: self._at(t).copy() for t in self._session.get_inputs()}
        results = self._session.run(None, feed)
        for tensor, result in zip(self._session.get_outputs(), results, strict=True):
            self._at(tensor)[...] = result * self._spoil
        self._cuda.advance(EXECUTION_US)
        return True

    def _at(self, tensor):
        kind = np.dtype(rtx.nptype(NUMBERS[tensor.type]))
        size = int(np.prod(tensor.shape)) * kind.itemsize
        memory = (ctypes.c_char * size).from_address(self._addresses[tensor.name])
        return np.frombuffer(memory, dtype=kind).reshape(tensor.shape)


class HostModule:
    """TensorRT-RTX, whose runtime loads no engine but the model the parser read last."""

    def __init__(self, cuda, spoil=1.0):
        self.__name__ = rtx.__name__
        self._cuda = cuda
        self._spoil = spoil
        self._model = b""

    def __getattr__(self, name):
        return getattr(rtx, name)

    def OnnxParser(self, network, log):  # noqa: N802 - TensorRT's name
        parser, module = rtx.OnnxParser(network, log), self

        class Parser:
            def parse(self, model):
                module._model = model
                return parser.parse(model)

        return Parser()

    def Runtime(self, log):  # noqa: N802 - TensorRT's name
        return self

    def deserialize_cuda_engine(self, plan):
        assert plan
        return HostEngine(self._model, self._cuda, self._spoil)


@pytest.fixture
def cuda():
    return SimulatedCuda()


@pytest.fixture
def opened(cuda, monkeypatch):
    """Opens the backend on the simulated GPU."""

    def open_it(*, spoil=1.0, **options):
        library = Library(HostModule(cuda, spoil), tensorrt().log)
        monkeypatch.setattr(backends, "open_cuda", lambda device: cuda)
        monkeypatch.setattr(backends, "tensorrt", lambda: library)
        return create(**options)

    return open_it


def has_driver():
    try:
        ctypes.CDLL(DRIVER_LIBRARY)
    except OSError:
        return False
    return True


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.kind)
@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_an_operation_is_built_loaded_checked_and_timed(opened, operation, precision):
    with opened(precision=precision).prepare(operation) as prepared:
        latencies = [prepared(1), prepared(4)]

    assert latencies == pytest.approx([EXECUTION_US] * 2)


def test_8_bits_run_on_the_recorded_inputs(opened, tmp_path):
    np.save(tmp_path / "a.npy", np.random.default_rng(0).normal(size=(64, 64)))

    with opened(precision="int8", calibration=tmp_path).prepare(OPERATION) as prepared:
        latency_us = prepared(2)

    assert latency_us == pytest.approx(EXECUTION_US)


def test_the_build_is_recorded_with_what_the_inspector_says(opened):
    with opened().prepare(OPERATION) as prepared:
        build = prepared.build

    assert len(build.id) == 64
    assert build.seconds > 0
    assert build.layers == ("all of it at once",)
    assert build.timing_cache is None


def test_peak_memory_is_weights_scratch_memory_inputs_and_outputs(opened):
    with opened().prepare(OPERATION) as prepared:
        peak_bytes = prepared.peak_memory_bytes

    # One input of 8 x 16 x 16 and one output of 8 x 1 x 1 float32 values.
    assert peak_bytes == 500 + 1000 + 4 * (8 * 16 * 16 + 8)


def test_leaving_frees_all_but_what_flushes_the_cache(opened, cuda):
    backend, flushing_bytes = opened(), 2 * cuda.properties.l2_bytes

    with backend.prepare(OPERATION):
        held_bytes = cuda.allocated_bytes

    assert held_bytes > flushing_bytes
    assert cuda.allocated_bytes == flushing_bytes


def test_copies_and_the_flush_are_outside_the_timed_region(opened, cuda):
    with opened().prepare(OPERATION) as prepared:
        copy, fill = cuda.upload, cuda.fill
        cuda.upload = lambda *args: (cuda.advance(1e6), copy(*args))
        cuda.fill = lambda *args: (cuda.advance(1e6), fill(*args))
        prepared.flush()
        latency_us = prepared(1)

    assert latency_us == pytest.approx(EXECUTION_US)


def test_as_a_graph_an_execution_is_the_same_and_the_environment_another(opened):
    backend = opened(cuda_graph=True)

    with backend.prepare(OPERATION) as prepared:
        latency_us = prepared(3)

    assert latency_us == pytest.approx(EXECUTION_US)
    assert "cuda_graph=on" in backend.environment.options


def test_an_engine_that_computes_something_else_fails_by_name_and_error(opened):
    with (
        pytest.raises(BackendFailed, match=r"^residual/.* differs from .* by 0\.5 .* 0\.02 is"),
        opened(spoil=1.5).prepare(OPERATION),
    ):
        pass


def test_the_environment_says_what_must_match(opened, cuda):
    environment = opened(workspace_mib=64).environment

    assert (environment.runtime, environment.provider) == ("tensorrt_rtx", "sm_89")
    assert environment.runtime_version == rtx.__version__
    assert environment.options == (
        "cuda=13.0",
        "cuda_graph=off",
        "driver=0.0",
        "optimisation=3",
        "tf32=on",
        "timing_cache=off",
        f"workspace={64 * 2**20}",
    )


def test_threads_are_refused_because_one_feeds_a_gpu(opened):
    with pytest.raises(BackendUnavailable, match="threads=2 on a GPU"):
        opened(threads=2)


def test_what_tensorrt_rtx_cannot_do_is_refused_when_it_is_opened(opened, tmp_path):
    with pytest.raises(BackendUnavailable, match="timing cache"):
        opened(timing_cache=tmp_path / "cache")


@pytest.mark.skipif(has_driver(), reason="this machine has NVIDIA's driver")
def test_without_a_driver_the_registry_gives_the_reason():
    reason = why_unavailable("tensorrt")

    assert reason.startswith("no CUDA driver: libcuda.so.1 not found")


@pytest.mark.skipif(has_driver(), reason="this machine has NVIDIA's driver")
def test_without_a_driver_a_built_engine_cannot_be_loaded_and_says_so(cuda):
    library, model = tensorrt(), Models("fp32", None).model(probe_graph(OPERATION))
    plan = build_plan(library, model.content, "it", BuildSettings(capabilities=("sm_89",)))

    with (
        pytest.raises(BackendFailed, match=r"cannot load the engine it built: .*driver"),
        loaded(library, cuda, plan, model.inputs, graph=False),
    ):
        pass


@pytest.mark.skipif(not has_driver(), reason="no CUDA driver: libcuda.so.1 not found")
def test_on_a_gpu_an_engine_runs_and_larger_work_takes_longer():
    reason = why_unavailable("tensorrt")
    if reason:
        pytest.skip(reason)
    large = ResidualConv(channels_in=64, channels_out=64, height=256, width=256)
    backend = open_backend("tensorrt")

    with backend.prepare(OPERATION) as quick, backend.prepare(large) as slow:
        quick_us, slow_us = min(quick(10) for _ in range(5)), min(slow(10) for _ in range(5))

    assert open_cuda(0).properties.memory_bytes > 0
    assert slow_us > quick_us
