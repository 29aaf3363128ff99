"""Execution providers: what is chosen, what is refused, and that nothing falls back unseen."""

from dataclasses import replace

import numpy as np
import onnxruntime as ort
import pytest

from profiler.backends.cuda.simulated import SimulatedCuda
from profiler.backends.onnx_half import with_half_precision
from profiler.backends.onnx_model import onnx_model
from profiler.backends.onnxruntime import sessions
from profiler.backends.onnxruntime.gpu import GpuRunner, bound
from profiler.backends.onnxruntime.providers import PROVIDERS, provider_named
from profiler.backends.onnxruntime.settings import Settings
from profiler.backends.registry import open_backend
from profiler.errors import BackendFailed, BackendUnavailable, OperationUnsupported
from profiler.operations import Concat, ResidualConv, operation_key, probe_graph
from profiler.parameters import random_inputs, random_parameters

OPERATION = ResidualConv(channels_in=4, channels_out=8, height=16, width=16)
KEY = operation_key(OPERATION)
AZURE = "AzureExecutionProvider"
needs_azure = pytest.mark.skipif(
    AZURE not in ort.get_available_providers(), reason=f"this build has no {AZURE}"
)
"""It computes in a cloud and has no kernels; the builds for a CPU list it all the same."""


def model_and_feed(operation=OPERATION):
    graph = probe_graph(operation)
    model = onnx_model(graph, random_parameters(graph, seed=0))
    return model, random_inputs(graph, seed=0)


@pytest.fixture
def session():
    model, _ = model_and_feed()
    return sessions.open_session(model.SerializeToString(), Settings(), KEY, {})


class Clocked(SimulatedCuda):
    """A simulated GPU on which every run takes 5 us, however often it is asked for the time."""

    def elapsed_us(self, enqueue):
        enqueue()
        return 5.0


@needs_azure
def test_a_session_says_it_runs_where_it_does_not():
    model, _ = model_and_feed()

    session = ort.InferenceSession(model.SerializeToString(), providers=[AZURE])

    assert session.get_providers()[0] == AZURE  # which is why it is not believed


@needs_azure
def test_a_provider_that_leaves_everything_to_the_cpu_is_refused_by_name():
    with pytest.raises(BackendUnavailable) as refused:
        open_backend("onnxruntime", provider=AZURE)

    assert f"{AZURE} has no kernel for Add, Conv, ReduceMean, Relu of residual/" in str(
        refused.value
    )
    assert "onnxruntime would run them on the CPU" in str(refused.value)


@needs_azure
def test_a_release_that_cannot_tell_where_nodes_run_is_told_to_fail_instead(monkeypatch):
    monkeypatch.setattr(sessions, "_TELLS_NODES", False)

    with pytest.raises(BackendUnavailable, match="fallback to CPU EP has been explicitly disabled"):
        open_backend("onnxruntime", provider=AZURE)


@needs_azure
def test_a_provider_that_shares_is_refused_where_it_takes_nothing():
    model, _ = model_and_feed()
    sharing = Settings(provider=AZURE)
    vars(sharing)["chosen"] = replace(PROVIDERS["xnnpack"], ort_name=AZURE)

    with pytest.raises(OperationUnsupported, match=f"{AZURE} takes no node of residual/"):
        sessions.open_session(model.SerializeToString(), sharing, KEY, {})


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_a_provider_that_could_not_be_started_is_refused_by_name():
    absent = next(p for p in ort.get_all_providers() if p not in ort.get_available_providers())
    model, _ = model_and_feed()

    with pytest.raises(BackendFailed, match=f"could not start {absent} and would run residual/"):
        sessions.open_session(model.SerializeToString(), Settings(provider=absent), KEY, {})


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_provider_the_build_lacks_is_refused_with_what_it_has_and_what_brings_it(name):
    provider = PROVIDERS[name]
    if provider.ort_name in ort.get_available_providers():
        pytest.skip(f"this build has {provider.ort_name}")

    with pytest.raises(BackendUnavailable) as refused:
        open_backend("onnxruntime", provider=name)

    said = str(refused.value)
    assert f"without {provider.ort_name}" in said
    assert "CPUExecutionProvider" in said
    assert provider.brought_by in said


def test_a_name_that_is_no_provider_is_refused_with_those_there_are():
    with pytest.raises(BackendUnavailable, match="provider 'gpu'; choose one of cpu, cuda, tens"):
        open_backend("onnxruntime", provider="gpu")


def test_a_provider_may_be_named_as_onnxruntime_does():
    assert provider_named("CUDAExecutionProvider") is PROVIDERS["cuda"]


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"precision": "fp16"}, "precision 'fp16': CPUExecutionProvider is measured in fp32"),
        ({"provider": "cuda", "precision": "int8"}, "precision 'int8' needs images to calibrate"),
        ({"provider": "cuda", "threads": 2}, "threads=2 on a GPU, which one thread feeds"),
        ({"device": 1}, "device=1, but CPUExecutionProvider computes on no GPU"),
        ({"tf32": "on"}, "tf32=on, but CPUExecutionProvider knows no such thing"),
        ({"provider": "tensorrt", "tf32": "off"}, "tf32=off, but TensorrtExecutionProvider cannot"),
        ({"tf32": "maybe"}, "tf32 'maybe'; choose off or on"),
        ({"optimisation": "best"}, "graph optimisation 'best'; choose one of none, basic"),
        ({"provider_options": "a"}, "provider option 'a' of 'a'; write name=value"),
        ({"provider_options": "a=1;a=2"}, "each name once"),
        (
            {"provider": "cuda", "provider_options": "user_compute_stream=1"},
            "provider option 'user_compute_stream' is set by this project; leave it out",
        ),
        (
            {"provider": "openvino", "provider_options": "device_type=GPU"},
            "provider option 'device_type' is set by this project; leave it out",
        ),
    ],
)
def test_what_cannot_be_chosen_is_refused_with_the_way_out(chosen, said):
    with pytest.raises(BackendUnavailable) as refused:
        Settings(**chosen)

    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("chosen", "options"),
    [
        ({}, ("graph_optimisation=all",)),
        (
            {"provider": "cuda", "provider_options": "enable_cuda_graph=1"},
            (
                "cudnn_conv_algo_search=EXHAUSTIVE",
                "enable_cuda_graph=1",
                "graph_optimisation=all",
                "use_tf32=0",
            ),
        ),
        (
            {"provider": "tensorrt", "precision": "fp16"},
            ("graph_optimisation=all", "tf32=on", "trt_fp16_enable=1"),
        ),
    ],
)
def test_what_a_provider_is_told_is_in_the_environment(chosen, options):
    assert Settings(**chosen).options == options


def test_which_of_two_equal_gpus_it_is_changes_nothing_in_the_environment():
    assert Settings(provider="cuda", device=1).options == Settings(provider="cuda").options


def test_a_bound_session_computes_what_it_does_unbound(session):
    _, feed = model_and_feed()
    (expected,) = session.run(None, feed)
    outputs = []

    class Watched:
        """The session, keeping what it was bound to."""

        get_outputs, run_with_iobinding = session.get_outputs, session.run_with_iobinding

        def io_binding(self):
            outputs.append(session.io_binding())
            return outputs[0]

    run = bound(Watched(), feed, "cpu", 0)
    run()

    (ours,) = outputs[0].copy_outputs_to_cpu()
    np.testing.assert_array_equal(ours, expected)


def test_on_a_gpu_time_is_between_events_and_divided_by_the_executions(session):
    _, feed = model_and_feed()
    runner = GpuRunner(Clocked(), 0, memory="cpu")

    with runner.prepared(session, feed, KEY) as prepared:
        assert prepared(1) == 5.0
        assert prepared(10) == 0.5
        assert prepared.peak_memory_bytes is None


def test_on_a_gpu_everything_goes_to_the_stream_events_are_on(session):
    cuda = SimulatedCuda()

    runner = GpuRunner(cuda, 3, memory="cpu")

    assert runner.placed == {"device_id": "3", "user_compute_stream": str(cuda.stream)}
    assert runner.options == cuda.properties.options


def test_flushing_a_gpu_writes_over_twice_its_cache(session):
    _, feed = model_and_feed()
    cuda = SimulatedCuda()

    with GpuRunner(cuda, 0, memory="cpu").prepared(session, feed, KEY) as prepared:
        prepared.flush()

    assert cuda.allocated_bytes == 2 * cuda.properties.l2_bytes


def test_a_model_in_half_precision_is_bound_in_half_precision():
    operation = Concat(channels=(4, 8), height=16, width=16)
    model, feed = model_and_feed(operation)
    half = with_half_precision(model, float_io=False).SerializeToString()
    session = sessions.open_session(half, Settings(), operation_key(operation), {})

    with GpuRunner(Clocked(), 0, memory="cpu").prepared(
        session, {name: array.astype(np.float16) for name, array in feed.items()}, KEY
    ) as prepared:
        assert prepared(1) == 5.0


def test_inputs_of_another_type_are_a_failure_that_names_the_operation(session):
    _, feed = model_and_feed()
    halves = {name: array.astype(np.float16) for name, array in feed.items()}

    with (
        pytest.raises(BackendFailed, match=f"onnxruntime could not run {KEY}"),
        GpuRunner(Clocked(), 0, memory="cpu").prepared(session, halves, KEY),
    ):
        pass
