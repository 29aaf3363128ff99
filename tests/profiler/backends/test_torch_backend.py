"""torch: straight-line code, compiling, and what only a GPU can show."""

from statistics import median

import numpy as np
import pytest

from profiler.backends.registry import open_backend, why_unavailable
from profiler.errors import BackendFailed, BackendUnavailable
from profiler.operations import (
    Concat,
    DnaNet,
    Head,
    Operation,
    PlacedOperation,
    ResidualConv,
    probe_graph,
)
from profiler.parameters import random_inputs, random_parameters

torch = pytest.importorskip("torch")

from profiler.backends.torch.compiling import require_compilers  # noqa: E402
from profiler.backends.torch.cuda import require_gpu  # noqa: E402
from profiler.backends.torch.straight import straight  # noqa: E402
from profiler.backends.torch_module import GraphModule, load_parameters  # noqa: E402

HEAD = Head(channels=4, height=16, width=16)
NO_GPU = why_unavailable("torch", device="cuda")
needs_gpu = pytest.mark.skipif(NO_GPU is not None, reason=str(NO_GPU))


def module_and_inputs(operation: Operation) -> tuple[GraphModule, list[torch.Tensor]]:
    graph = probe_graph(operation)
    module = GraphModule(graph).eval()
    load_parameters(module, random_parameters(graph, seed=0))
    inputs = [torch.from_numpy(array) for array in random_inputs(graph, seed=0).values()]
    return module, inputs


@pytest.mark.parametrize(
    "operation",
    [
        ResidualConv(channels_in=4, channels_out=8, height=16, width=16, groups=2),
        PlacedOperation(
            operation=ResidualConv(channels_in=12, channels_out=8, height=16, width=16),
            sources=(4, 8),
            resampled=((32, 32), (8, 8)),
        ),
        Concat(channels=(4, 8), height=16, width=16),
        DnaNet(height=16, width=16, channels=(16, 16, 16), blocks=(1, 1), heads=2),
    ],
    ids=lambda operation: operation.kind,
)
def test_straight_line_code_computes_what_the_graph_does(operation):
    module, inputs = module_and_inputs(operation)

    with torch.inference_mode():
        assert torch.equal(straight(module)(*inputs), module(*inputs))


def test_straight_line_code_shares_the_weights():
    module, _ = module_and_inputs(HEAD)

    copied = {id(weights) for weights in straight(module).parameters()}

    assert copied == {id(weights) for weights in module.parameters()}


def test_compiled_code_is_measured_and_is_an_environment_of_its_own():
    reason = why_unavailable("torch", mode="compiled")
    if reason:
        pytest.skip(reason)
    backend = open_backend("torch", mode="compiled")

    with backend.prepare(HEAD) as execute:
        latency_us = execute(3)

    assert 0 < latency_us < 60e6
    assert backend.environment.options == ("layout=nchw", "mode=compiled")
    assert backend.environment != open_backend("torch").environment


def test_a_compiler_that_fails_is_a_failure_of_that_operation():
    reason = why_unavailable("torch", mode="compiled")
    if reason:
        pytest.skip(reason)
    from torch._inductor import config

    with (
        config.patch({"cpp.cxx": (None, "false"), "fx_graph_cache": False}),
        pytest.raises(BackendFailed, match="torch could not run residual/"),
        open_backend("torch", mode="compiled").prepare(
            ResidualConv(channels_in=4, channels_out=4, height=10, width=14)
        ),
    ):
        pass


def test_without_a_compiler_for_the_processor_the_mode_is_unavailable(monkeypatch):
    monkeypatch.delenv("CXX", raising=False)

    with pytest.raises(BackendUnavailable, match=r"needs a C\+\+ compiler and g\+\+ is not on"):
        require_compilers(on_gpu=False, which=lambda _: None)


def test_the_compiler_somebody_named_is_the_one_that_is_looked_for(monkeypatch):
    monkeypatch.setenv("CXX", "clang++-19")

    with pytest.raises(BackendUnavailable, match=r"clang\+\+-19 is not on the PATH"):
        require_compilers(on_gpu=False, which=lambda _: None)


def test_a_compiler_that_is_there_is_enough(monkeypatch):
    monkeypatch.delenv("CXX", raising=False)

    require_compilers(on_gpu=False, which=lambda program: f"/usr/bin/{program}")


def test_a_build_without_cuda_says_so():
    if torch.version.cuda is not None:
        pytest.skip("this torch was built with CUDA")

    with pytest.raises(BackendUnavailable, match="was built without CUDA"):
        require_gpu(0)


def test_the_processor_has_no_launches():
    assert open_backend("torch").host_share(HEAD) is None


@needs_gpu
def test_a_gpu_that_is_not_there_is_refused_with_how_many_there_are():
    with pytest.raises(BackendUnavailable, match=r"cuda:99: torch finds \d+ GPU"):
        open_backend("torch", device="cuda:99")


@needs_gpu
def test_a_small_operation_is_more_launch_bound_than_a_large_one():
    backend = open_backend("torch", device="cuda")
    large = ResidualConv(channels_in=64, channels_out=64, height=256, width=256, kernel=7, batch=8)

    assert backend.host_share(HEAD) > 2 * backend.host_share(large)


@needs_gpu
def test_a_captured_graph_of_many_short_kernels_is_faster_than_launching_them():
    network = DnaNet(height=32, width=32, channels=(16, 16, 16), blocks=(1, 1))
    medians = []

    for mode in ("eager", "cuda_graph"):
        with open_backend("torch", device="cuda", mode=mode).prepare(network) as execute:
            execute(3)
            medians.append(median(execute(5) for _ in range(9)))

    assert medians[1] < medians[0]


@needs_gpu
@pytest.mark.parametrize("mode", ["eager", "cuda_graph"])
def test_an_execution_holds_its_weights_and_activations(mode):
    operation = ResidualConv(channels_in=64, channels_out=64, height=128, width=128)
    activation_bytes = 64 * 128 * 128 * 4

    with open_backend("torch", device="cuda", mode=mode).prepare(operation) as prepared:
        peak_bytes = prepared.peak_memory_bytes

    assert 2 * activation_bytes <= peak_bytes <= 64 * activation_bytes


@needs_gpu
def test_settings_of_the_process_are_those_of_the_backend_that_executes():
    exact = open_backend("torch", device="cuda")
    rounded = open_backend("torch", device="cuda", tf32="on", cudnn_benchmark="on")

    with exact.prepare(HEAD) as of_exact, rounded.prepare(HEAD) as of_rounded:
        of_rounded(1)
        seen = [(torch.backends.cudnn.allow_tf32, torch.backends.cudnn.benchmark)]
        of_exact(1)
        seen.append((torch.backends.cudnn.allow_tf32, torch.backends.cudnn.benchmark))

    assert seen == [(True, True), (False, False)]


@needs_gpu
def test_a_gpu_computes_what_the_processor_does():
    module, inputs = module_and_inputs(
        ResidualConv(channels_in=8, channels_out=8, height=16, width=16)
    )
    open_backend("torch", device="cuda").host_share(HEAD)  # leaves TF32 off

    with torch.inference_mode():
        expected = module(*inputs).numpy()
        ours = straight(module.to("cuda"))(*(x.to("cuda") for x in inputs)).cpu().numpy()

    np.testing.assert_allclose(ours, expected, rtol=1e-3, atol=1e-4)
