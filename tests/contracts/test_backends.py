"""What every backend promises, checked on each; one that is absent skips with its reason."""

from __future__ import annotations

import os
from pathlib import Path
from statistics import median
from typing import ClassVar, get_args

import pytest

from profiler.backends.cuda.device import driver_release
from profiler.backends.port import Backend
from profiler.backends.registry import open_backend, why_unavailable
from profiler.device import Device, environment_digest
from profiler.errors import BackendUnavailable
from profiler.operations import (
    Acm,
    Border,
    Cell,
    Concat,
    DnaNet,
    ForeignOperation,
    Head,
    Identity,
    InvertedConv,
    MaxPool,
    NarrowResidualConv,
    NarrowSpatialConv,
    Network,
    OnnxCell,
    Operation,
    PlacedOperation,
    ReducedNetwork,
    ResidualConv,
    Resize,
    SpatialConv,
    UNet,
    UNetPlusPlus,
)

CELLS = (
    Cell(iteration=0, level=0, inputs=(), candidate="3x3_ResConv"),
    Cell(iteration=0, level=1, inputs=((0, 0),), candidate="3x3_SpaConv"),
    Cell(iteration=1, level=0, inputs=((0, 0), (0, 1)), candidate="3x3_MBConv2"),
)

EACH_KIND: tuple[Operation, ...] = (
    ResidualConv(channels_in=4, channels_out=8, height=16, width=16, groups=2),
    SpatialConv(channels_in=3, channels_out=4, height=16, width=12),
    InvertedConv(channels_in=4, channels_out=4, height=16, width=16, expansion=2, blocks=2),
    NarrowResidualConv(channels_in=4, channels_out=8, height=16, width=16),
    NarrowSpatialConv(channels_in=4, channels_out=8, height=16, width=12),
    Identity(channels_in=4, channels_out=4, height=16, width=16),
    Identity(channels_in=4, channels_out=8, height=16, width=16),
    PlacedOperation(
        operation=ResidualConv(channels_in=12, channels_out=8, height=16, width=16),
        sources=(4, 8),
        resampled=((32, 32), (8, 8)),
    ),
    PlacedOperation(
        operation=Identity(channels_in=4, channels_out=4, height=16, width=16),
        sources=(4,),
        resampled=((32, 32, 2),),
    ),
    PlacedOperation(
        operation=SpatialConv(channels_in=3, channels_out=4, height=16, width=12),
        sources=(3,),
        resampled=((8, 6),),
    ),
    Resize(channels=4, height_in=8, width_in=8, height=16, width=16),
    MaxPool(channels=4, height=17, width=16),
    Concat(channels=(4, 8), height=16, width=16),
    Head(channels=4, height=16, width=16),
    Border(channels=(4,), height=16, width=16),
    Network(height=16, width=16, channels=(4, 8), cells=CELLS),
    ReducedNetwork(height=16, width=16, channels=(4, 8), cells=CELLS),
    DnaNet(height=16, width=16, channels=(16, 16, 16), blocks=(1, 1), heads=2),
    UNet(height=16, width=16, channels=(4, 8, 8), blocks=(1, 1)),
    UNetPlusPlus(height=16, width=16, channels=(4, 8, 8), blocks=(1, 1), block="residual"),
    Acm(height=16, width=16, channels=(4, 8, 8, 8), blocks=(1, 1, 1), decoder="fpn"),
    Acm(height=16, width=16, channels=(4, 8, 8, 8), blocks=(1, 1, 1), decoder="unet"),
)

MACHINE = Device(
    fingerprint="f" * 32,
    model="test-machine",
    name="test",
    architecture="x86_64",
    cores=2,
    memory_bytes=2**30,
    system="Linux",
)


def test_each_kind_of_operation_is_in_the_contract():
    kinds = set(get_args(get_args(Operation)[0]))

    # Names without a graph, and nodes of ONNX, which torch has no kernels for: each tested apart.
    assert {type(operation) for operation in EACH_KIND} == kinds - {ForeignOperation, OnnxCell}


DATA = Path(os.environ.get("HNA_DATA", Path(__file__).parents[3] / "shared" / "data"))
MEMORY_BOUND: Operation = Concat(channels=(16, 16), height=64, width=64)


class BackendContract:
    """Inherit it, name the backend and its options, and it is tested."""

    name: str
    options: ClassVar[dict[str, str]] = {}
    builds_engines = False
    large: Operation = ResidualConv(channels_in=32, channels_out=32, height=64, width=64, kernel=7)
    """Some hundred times the work of a small one, and long enough to be seen on the device."""

    @pytest.fixture(scope="class")
    @classmethod
    def backend(cls) -> Backend:
        reason = why_unavailable(cls.name, **cls.options)
        if reason:
            pytest.skip(reason)
        return open_backend(cls.name, **cls.options)

    @pytest.mark.parametrize("operation", EACH_KIND, ids=lambda operation: operation.kind)
    def test_every_kind_of_operation_gives_positive_finite_latencies(self, backend, operation):
        with backend.prepare(operation) as execute:
            latencies = [execute(1), execute(3)]

        assert all(0 < latency < 60e6 for latency in latencies)

    def test_a_latency_is_of_one_execution_however_many_are_looped(self, backend):
        operation = ResidualConv(channels_in=16, channels_out=16, height=64, width=64)

        with backend.prepare(operation) as execute:
            execute(5)
            one = min(execute(1) for _ in range(30))
            of_ten = min(execute(10) for _ in range(10))

        assert one / 5 < of_ten < 5 * one  # ten times as long would not be of one execution

    def test_more_work_takes_longer(self, backend):
        small = ResidualConv(channels_in=8, channels_out=8, height=16, width=16)

        with backend.prepare(small) as quick, backend.prepare(self.large) as slow:
            quick_us = min(quick(1) for _ in range(5))
            slow_us = min(slow(1) for _ in range(5))

        assert slow_us > 5 * quick_us

    def test_the_environment_names_the_runtime_and_does_not_change(self, backend):
        again = open_backend(self.name, **self.options)

        assert backend.environment.runtime == self.name
        assert environment_digest(backend.environment) == environment_digest(again.environment)

    def test_the_options_of_an_environment_are_sorted_and_each_is_named_once(self, backend):
        options = backend.environment.options
        names = [option.partition("=")[0] for option in options]

        assert list(options) == sorted(options)
        assert all(option.partition("=")[2] for option in options)
        assert len(set(names)) == len(names)

    def test_the_environment_says_the_precision_that_was_asked_for(self, backend):
        assert backend.environment.precision == self.options.get("precision", "fp32")

    def test_threads_are_part_of_the_environment(self, backend):
        two = open_backend(self.name, **self.options, threads=2)

        assert two.environment.threads == 2
        assert environment_digest(two.environment) != environment_digest(backend.environment)

    def test_only_a_simulated_backend_measures_a_simulated_device(self, backend):
        device = backend.device(MACHINE)

        assert device.simulated == (self.name == "simulated")

    def test_the_timer_says_what_it_sees_and_what_looking_costs(self, backend):
        timer = backend.timer

        assert timer.name
        assert 0 <= timer.resolution_us < 1_000
        assert 0 <= timer.overhead_us < 1_000

    def test_with_flushed_caches_an_execution_is_not_faster(self, backend):
        with backend.prepare(MEMORY_BOUND) as prepared:
            if prepared.flush is None:
                pytest.skip(f"{self.name} does not know the caches of its device")
            hot_us, cold_us = [], []
            for _ in range(25):
                prepared(1)
                hot_us.append(prepared(1))
                prepared.flush()
                cold_us.append(prepared(1))

        assert median(cold_us) > 0.9 * median(hot_us)

    def test_a_build_is_told_only_where_the_runtime_builds_engines(self, backend):
        with backend.prepare(MEMORY_BOUND) as prepared:
            assert (prepared.build is not None) == self.builds_engines

    def test_peak_memory_is_absent_or_at_least_what_is_read(self, backend):
        with backend.prepare(MEMORY_BOUND) as prepared:
            peak_bytes = prepared.peak_memory_bytes

        assert peak_bytes is None or peak_bytes >= 2 * 16 * 64 * 64 * 2  # two tensors, fp16


class GpuContract(BackendContract):
    """What a backend promises beside that where it computes on an NVIDIA GPU."""

    large = ResidualConv(
        batch=8, channels_in=128, channels_out=128, height=256, width=256, kernel=7
    )

    def test_threads_are_part_of_the_environment(self, backend):
        with pytest.raises(BackendUnavailable, match="threads=2 on a GPU"):
            open_backend(self.name, **self.options, threads=2)

    def test_the_device_is_the_gpu_and_not_the_machine_unless_they_are_one(self, backend):
        device = backend.device(MACHINE)

        assert device == MACHINE or device.host_model == MACHINE.model

    def test_the_environment_names_the_driver_where_the_machine_tells_it(self, backend):
        release = driver_release()

        assert release is None or f"driver={release}" in backend.environment.options

    def test_time_is_between_events_of_the_gpu(self, backend):
        assert backend.timer.name == "cuda_events"


class TestSimulated(BackendContract):
    name = "simulated"


class TestSimulatedReplay(BackendContract):
    name = "simulated"
    options: ClassVar = {
        "replay": str(DATA / "lut" / "help_nasbench201.npz"),
        "device": "pixel3",
    }

    def test_threads_are_part_of_the_environment(self, backend):
        with pytest.raises(BackendUnavailable, match="threads=2: what is replayed"):
            open_backend(self.name, **self.options, threads=2)


class TestOnnxRuntime(BackendContract):
    name = "onnxruntime"


class TestOnnxRuntimeCuda(GpuContract):
    name = "onnxruntime"
    options: ClassVar = {"provider": "cuda"}


class TestOnnxRuntimeCudaInHalfPrecision(GpuContract):
    name = "onnxruntime"
    options: ClassVar = {"provider": "cuda", "precision": "fp16"}


class TestOnnxRuntimeTensorRt(GpuContract):
    name = "onnxruntime"
    options: ClassVar = {"provider": "tensorrt"}


class TestOnnxRuntimeTensorRtRtx(GpuContract):
    name = "onnxruntime"
    options: ClassVar = {"provider": "nv_tensorrt_rtx"}


class TestOnnxRuntimeOpenVino(BackendContract):
    name = "onnxruntime"
    options: ClassVar = {"provider": "openvino"}


class TestOnnxRuntimeAcl(BackendContract):
    name = "onnxruntime"
    options: ClassVar = {"provider": "acl"}


class TestOnnxRuntimeXnnpack(BackendContract):
    name = "onnxruntime"
    options: ClassVar = {"provider": "xnnpack"}


class TestTorch(BackendContract):
    name = "torch"


class TestTorchChannelsLast(BackendContract):
    name = "torch"
    options: ClassVar = {"layout": "nhwc"}


class TestTorchCudaEager(GpuContract):
    name = "torch"
    options: ClassVar = {"device": "cuda"}


class TestTorchCudaCompiled(GpuContract):
    name = "torch"
    options: ClassVar = {"device": "cuda", "mode": "compiled"}


class TestTorchCudaGraph(GpuContract):
    name = "torch"
    options: ClassVar = {"device": "cuda", "mode": "cuda_graph"}


class TestTorchCudaGraphInHalfPrecision(GpuContract):
    name = "torch"
    options: ClassVar = {"device": "cuda", "mode": "cuda_graph", "precision": "fp16"}


class TestOpenVino(BackendContract):
    name = "openvino"


class TestTensorRt(GpuContract):
    name = "tensorrt"
    builds_engines = True

    def test_the_environment_names_the_runtime_and_does_not_change(self, backend):
        again = open_backend(self.name, **self.options)

        assert backend.environment.runtime in ("tensorrt", "tensorrt_rtx")
        assert environment_digest(backend.environment) == environment_digest(again.environment)


class TestTensorRtInHalfPrecision(TestTensorRt):
    options: ClassVar = {"precision": "fp16"}


class TestTrtexec(GpuContract):
    name = "trtexec"
    builds_engines = True

    def test_time_is_between_events_of_the_gpu(self, backend):
        assert backend.timer.name == "trtexec"  # they are events, inside the tool
