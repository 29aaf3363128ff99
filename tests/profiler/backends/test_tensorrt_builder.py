"""Engines, built for real by TensorRT-RTX, which needs no GPU for it."""

import re
import sys
from dataclasses import replace
from hashlib import sha256
from types import ModuleType
from typing import get_args

import onnx
import pytest
from onnx import TensorProto, helper

from profiler.backends.onnx_model import onnx_model
from profiler.backends.tensorrt.builder import BuildSettings, build_plan, supported_capabilities
from profiler.backends.tensorrt.library import Library, tensorrt
from profiler.backends.tensorrt.model import Models
from profiler.backends.tensorrt.quantise import with_symmetric_scales
from profiler.errors import BackendFailed, BackendUnavailable, ExtraMissing, OperationUnsupported
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
    OnnxCellNode,
    Operation,
    PlacedOperation,
    ReducedNetwork,
    ResidualConv,
    Resize,
    SpatialConv,
    UNet,
    UNetPlusPlus,
    probe_graph,
)
from profiler.parameters import random_inputs, random_parameters

rtx = pytest.importorskip("tensorrt_rtx", reason="tensorrt-rtx-cu13 is not installed")

CELLS = (
    Cell(iteration=0, level=0, inputs=(), candidate="3x3_ResConv"),
    Cell(iteration=0, level=1, inputs=((0, 0),), candidate="3x3_SpaConv"),
    Cell(iteration=1, level=0, inputs=((0, 0), (0, 1)), candidate="3x3_MBConv2"),
)
RESIDUAL = ResidualConv(channels_in=8, channels_out=16, height=32, width=32)
PLACED = PlacedOperation(
    operation=ResidualConv(channels_in=12, channels_out=8, height=16, width=16),
    sources=(4, 8),
    resampled=((32, 32), (8, 8)),
)
EACH_KIND = (
    ResidualConv(channels_in=4, channels_out=8, height=16, width=16, groups=2),
    SpatialConv(channels_in=3, channels_out=4, height=16, width=12),
    InvertedConv(channels_in=4, channels_out=4, height=16, width=16, expansion=2, blocks=2),
    NarrowResidualConv(channels_in=4, channels_out=8, height=16, width=16),
    NarrowSpatialConv(channels_in=4, channels_out=8, height=16, width=12),
    Identity(channels_in=4, channels_out=8, height=16, width=16),
    PLACED,
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
    OnnxCell(
        inputs=((1, 4, 8, 8),),
        nodes=(
            OnnxCellNode(
                op_type="Conv",
                reads=("@", "float32[8,4,1,1]"),
                tensors=("input0",),
                shape=(1, 8, 8, 8),
            ),
        ),
    ),
)
ADA = BuildSettings(capabilities=("sm_89",))


@pytest.fixture(scope="module")
def library():
    """TensorRT-RTX, even where the full TensorRT is installed: that one cannot build here."""
    found = tensorrt()
    return found if found.is_rtx else Library(rtx, found.log)


def model_of(operation, precision="fp32"):
    return Models(precision, None).model(probe_graph(operation)).content


def eight_bits(operation):
    graph = probe_graph(operation)
    model = onnx_model(graph, random_parameters(graph, seed=0))
    return with_symmetric_scales(model, random_inputs(graph, seed=0)).SerializeToString()


def test_each_kind_of_operation_is_among_those_built():
    kinds = set(get_args(get_args(Operation)[0])) - {ForeignOperation}  # known by name only

    assert {type(operation) for operation in EACH_KIND} == kinds


@pytest.mark.parametrize("operation", EACH_KIND, ids=lambda operation: operation.kind)
@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_every_kind_of_operation_becomes_an_engine(library, operation, precision):
    content = model_of(operation, precision)

    plan = build_plan(library, content, operation.kind, ADA)

    assert plan.build.id == sha256(plan.content).hexdigest()
    assert plan.build.seconds > 0
    assert plan.build.layers


@pytest.mark.parametrize("operation", EACH_KIND, ids=lambda operation: operation.kind)
def test_an_8_bit_model_becomes_an_engine_that_multiplies_bytes(library, operation):
    plan = build_plan(library, eight_bits(operation), operation.kind, ADA)

    assert plan.build.layers
    assert "Int8" in library.log.layers


@pytest.mark.parametrize("capability", ["sm_75", "sm_80", "sm_86", "sm_120"])
@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_engines_are_built_for_other_kinds_of_gpu(library, capability, precision):
    settings = BuildSettings(capabilities=(capability,))

    plan = build_plan(library, model_of(PLACED, precision), "it", settings)

    assert plan.build.id != build_plan(library, model_of(PLACED, precision), "it", ADA).build.id


def test_nodes_are_fused_and_a_layer_names_those_it_does(library):
    graph = probe_graph(RESIDUAL)

    layers = build_plan(library, model_of(RESIDUAL), "it", ADA).build.layers

    assert len(layers) < len(graph.nodes)
    fused = next(layer for layer in layers if "block0.bn1" in layer)
    assert "(block0.bn1 + block0.conv1 + block0.relu1)" in fused


def test_building_again_is_the_same_build_with_tensorrt_rtx_which_times_nothing(library):
    first, second = (build_plan(library, model_of(RESIDUAL), "it", ADA) for _ in range(2))

    assert first.build.id == second.build.id
    assert first.build.timing_cache is None


def test_other_weights_are_another_build(library):
    graph = probe_graph(RESIDUAL)
    other = onnx_model(graph, random_parameters(graph, seed=1)).SerializeToString()

    builds = {build_plan(library, each, "it", ADA).build.id for each in (other, model_of(RESIDUAL))}

    assert len(builds) == 2


def test_a_half_precision_model_is_computed_in_half_precision(library):
    build_plan(library, model_of(RESIDUAL, "fp16"), "it", ADA)
    halves = library.log.layers

    build_plan(library, model_of(RESIDUAL), "it", ADA)

    floats = r"Dimensions: \[\d+,\d+,\d+,\d+\][^}]*Datatype: Float"
    assert re.search(floats, halves) is None
    assert "Datatype: Half" in halves
    assert re.search(floats, library.log.layers)


def test_a_node_tensorrt_does_not_know_is_named(library):
    node = helper.make_node("Unheard", ["x"], ["y"], "strange")
    value = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 2]) for n in "xy"]
    graph = helper.make_graph([node], "g", value[:1], value[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)

    with pytest.raises(OperationUnsupported, match=r"no layer for op/1: Unheard node 'strange'"):
        build_plan(library, model.SerializeToString(), "op/1", ADA)


def test_scales_that_are_not_symmetric_are_refused(library):
    model = onnx.load_from_string(eight_bits(RESIDUAL))
    zero = next(n.input[2] for n in model.graph.node if n.op_type == "QuantizeLinear")
    for constant in model.graph.initializer:
        if constant.name == zero:
            constant.CopyFrom(helper.make_tensor(zero, constant.data_type, [], [3]))

    with pytest.raises(BackendFailed):
        build_plan(library, model.SerializeToString(), "it", ADA)


def test_what_is_no_model_is_one_error(library):
    with pytest.raises(BackendFailed, match=r"tensorrt_rtx cannot read it: \S+"):
        build_plan(library, b"nothing of the kind", "it", ADA)


def test_a_gpu_the_library_has_no_kernels_for_is_named_with_those_it_has(library):
    with pytest.raises(BackendUnavailable, match=r"no kernels for sm_90; it has them for sm_75, "):
        build_plan(library, model_of(RESIDUAL), "it", BuildSettings(capabilities=("sm_90",)))
    assert {"sm_75", "sm_80", "sm_86", "sm_89", "sm_120"} <= set(supported_capabilities(library))


def test_tensorrt_rtx_refuses_a_timing_cache_it_would_ignore(library, tmp_path):
    settings = replace(ADA, timing_cache=tmp_path / "cache")

    with pytest.raises(BackendUnavailable, match="leave timing_cache out"):
        build_plan(library, model_of(RESIDUAL), "it", settings)
    assert not (tmp_path / "cache").exists()


class TimingModule:
    """TensorRT-RTX under TensorRT's name: it still has the calls of the timing cache."""

    __name__ = "tensorrt"

    def __getattr__(self, name):
        return getattr(rtx, name)


@pytest.mark.filterwarnings("ignore:.*Timing cache:DeprecationWarning")
def test_a_build_begins_with_the_timings_of_the_one_before_and_says_so(library, tmp_path):
    timing = Library(TimingModule(), library.log)
    settings = BuildSettings(timing_cache=tmp_path / "made/cache")

    first = build_plan(timing, model_of(RESIDUAL), "it", settings)
    written = settings.timing_cache.read_bytes()
    second = build_plan(timing, model_of(RESIDUAL), "it", settings)

    assert first.build.timing_cache is None
    assert second.build.timing_cache == sha256(written).hexdigest()
    assert [path.name for path in settings.timing_cache.parent.iterdir()] == ["cache"]


def test_tensorrt_builds_for_no_other_gpu_than_its_own(library):
    timing = Library(TimingModule(), library.log)

    with pytest.raises(BackendUnavailable, match="for the GPU of this machine"):
        build_plan(timing, model_of(RESIDUAL), "it", ADA)


def test_a_level_that_does_not_exist_is_refused():
    with pytest.raises(BackendUnavailable, match="optimisation=6; levels go from 0 to 5"):
        BuildSettings(optimisation=6)


@pytest.fixture
def installed(monkeypatch):
    """Pretends that these packages, and no others, are installed."""

    def install(**modules):
        tensorrt.cache_clear()
        for name in ("tensorrt", "tensorrt_rtx"):
            monkeypatch.setitem(sys.modules, name, modules.get(name))

    yield install
    monkeypatch.undo()
    tensorrt.cache_clear()


def test_without_either_package_the_extra_is_named(installed):
    installed()

    with pytest.raises(ExtraMissing, match=r"tensorrt or tensorrt_rtx .*hna-nas\[tensorrt\]"):
        tensorrt()


def test_a_tensorrt_of_weakly_typed_networks_is_refused_by_its_version(installed):
    old = ModuleType("tensorrt")
    old.__version__ = "8.6.2.3"

    installed(tensorrt=old)

    with pytest.raises(BackendUnavailable, match=r"8\.6\.2\.3 is older than 10; use the trtexec"):
        tensorrt()


def test_where_tensorrt_is_too_old_tensorrt_rtx_serves(installed):
    old = ModuleType("tensorrt")
    old.__version__ = "8.6.2.3"

    installed(tensorrt=old, tensorrt_rtx=rtx)

    assert tensorrt().name == "tensorrt_rtx"
