"""What every backend promises, checked on each; one that is absent skips with its reason."""

from __future__ import annotations

from typing import get_args

import pytest

from profiler.backends.port import Backend
from profiler.backends.registry import open_backend, why_unavailable
from profiler.device import Device, environment_digest
from profiler.operations import (
    Acm,
    Border,
    Cell,
    Concat,
    DnaNet,
    Head,
    Identity,
    InvertedConv,
    MaxPool,
    NarrowResidualConv,
    NarrowSpatialConv,
    Network,
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
    assert {type(operation) for operation in EACH_KIND} == set(get_args(get_args(Operation)[0]))


class BackendContract:
    """Inherit it, name the backend, and it is tested."""

    name: str

    @pytest.fixture
    def backend(self) -> Backend:
        reason = why_unavailable(self.name)
        if reason:
            pytest.skip(reason)
        return open_backend(self.name)

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
        large = ResidualConv(channels_in=32, channels_out=32, height=64, width=64, kernel=7)

        with backend.prepare(small) as quick, backend.prepare(large) as slow:
            quick_us = min(quick(1) for _ in range(5))
            slow_us = min(slow(1) for _ in range(5))

        assert slow_us > 5 * quick_us

    def test_the_environment_names_the_runtime_and_does_not_change(self, backend):
        again = open_backend(self.name)

        assert backend.environment.runtime == self.name
        assert environment_digest(backend.environment) == environment_digest(again.environment)

    def test_threads_are_part_of_the_environment(self, backend):
        two = open_backend(self.name, threads=2)

        assert two.environment.threads == 2
        assert environment_digest(two.environment) != environment_digest(backend.environment)

    def test_only_a_simulated_backend_measures_a_simulated_device(self, backend):
        device = backend.device(MACHINE)

        assert device.simulated == (self.name == "simulated")


class TestSimulated(BackendContract):
    name = "simulated"


class TestOnnxRuntime(BackendContract):
    name = "onnxruntime"


class TestTorch(BackendContract):
    name = "torch"
