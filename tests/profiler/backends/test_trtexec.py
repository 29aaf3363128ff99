"""
The trtexec backend, driving a real process that imitates the tool (``imitation_trtexec.py``).

The imitation follows NVIDIA's documentation of the tool's options and files; that the tool itself
does the same is checked where it is installed, by the last test and by the contract tests.
"""

import os
import stat
import sys
from hashlib import sha256
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest

from profiler.backends.registry import open_backend, why_unavailable
from profiler.backends.trtexec import tool as tools
from profiler.backends.trtexec.executions import FIRST_RUN, FRESH_S, RUN_US, Executions
from profiler.backends.trtexec.tool import gpu_properties, run_program
from profiler.device import Device
from profiler.errors import BackendFailed, BackendUnavailable, OperationUnsupported
from profiler.operations import ResidualConv

OPERATION = ResidualConv(channels_in=8, channels_out=8, height=16, width=16)
MACHINE = Device(
    fingerprint="f" * 32, model="m", name="m", architecture="x86_64", cores=2,
    memory_bytes=2**30, system="Linux",
)  # fmt: skip


@pytest.fixture
def calls(tmp_path, monkeypatch):
    """The file with a line for each call of the tool."""
    path = tmp_path / "calls.txt"
    monkeypatch.setenv("HNA_TRTEXEC_CALLS", str(path))
    return path


@pytest.fixture
def tool(tmp_path):
    """The imitation, as a program."""
    program = tmp_path / "trtexec"
    source = (Path(__file__).parent / "imitation_trtexec.py").read_text()
    program.write_text(f"#!{sys.executable}\n{source}")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


@pytest.fixture
def opened(tool, calls):
    """Opens the backend on the imitation."""
    return lambda **options: open_backend("trtexec", path=tool, **options)


def test_an_operation_is_built_checked_and_timed(opened, calls):
    with opened().prepare(OPERATION) as prepared:
        latencies = [prepared(1), prepared(3)]

    assert latencies == pytest.approx([500.0, 500.0], rel=1e-3)  # 0.5 ms, said in microseconds
    assert prepared.build.layers == ("CaskConvolution a + b (conv1)",)
    building = [line for line in calls.read_text().splitlines() if "--onnx=" in line]
    assert len(building) == 2  # the trial when it was opened, and the operation


def test_the_plan_is_loaded_and_executions_of_one_run_are_handed_out_in_turn(opened, calls):
    with opened().prepare(OPERATION) as prepared:
        first = prepared(1)
        before = len(calls.read_text().splitlines())
        following = [prepared(1) for _ in range(5)]
        after = len(calls.read_text().splitlines())

    assert after == before
    assert [first, *following] == pytest.approx([500.0 + i * 1e-3 for i in range(6)], abs=1e-6)
    assert all("--loadEngine" in line for line in calls.read_text().splitlines()[3:5])


def test_a_build_is_known_by_the_hash_of_its_plan_and_of_the_timings_it_began_with(
    opened, tmp_path
):
    backend = opened(timing_cache=tmp_path / "cache")

    with backend.prepare(OPERATION) as first, backend.prepare(OPERATION) as second:
        builds = [first.build, second.build]

    assert builds[0].id == builds[1].id
    assert [build.timing_cache for build in builds] == [None, sha256(b"timings").hexdigest()]
    assert all(build.seconds > 0 for build in builds)


def test_a_timing_cache_that_cannot_be_read_is_named(opened, tmp_path):
    backend = opened(timing_cache=tmp_path)

    with (
        pytest.raises(BackendUnavailable, match=r"timing cache .* cannot be read: Is a directory"),
        backend.prepare(OPERATION),
    ):
        pass


@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_the_model_says_the_precision_and_the_network_is_strongly_typed(
    opened, calls, tmp_path, precision
):
    np.save(tmp_path / "recorded.npy", np.random.default_rng(0).normal(size=(64, 64)))
    further = {"calibration": tmp_path / "recorded.npy"} if precision == "int8" else {}

    with opened(precision=precision, **further).prepare(OPERATION) as prepared:
        latency_us = prepared(1)

    assert latency_us > 0
    building = calls.read_text().splitlines()[2]
    assert "--stronglyTyped" in building
    assert f"--{precision}" not in building


def test_only_options_the_release_knows_are_given(opened, calls, monkeypatch):
    monkeypatch.setenv("HNA_TRTEXEC", "eleven")

    backend = opened()
    with backend.prepare(OPERATION) as prepared:
        prepared(1)

    assert backend.environment.runtime_version == "11.4.0"
    running = calls.read_text().splitlines()[3]
    assert "--noCudaGraph" in running  # graphs are what TensorRT 11 does unless told otherwise
    assert "--noDataTransfers" not in running


def test_the_environment_and_the_device_are_those_the_tool_names(opened):
    backend = opened(cuda_graph=True, tf32=False, workspace_mib=64)

    device = backend.device(MACHINE)

    assert (backend.environment.runtime, backend.environment.provider) == ("trtexec", "sm_89")
    assert backend.environment.runtime_version == "10.3.0"
    options = backend.environment.options
    assert {"cuda_graph=on", "tf32=off", "workspace=67108864"} <= set(options)
    assert options == tuple(sorted(options))
    assert (device.model, device.cores) == ("nvidia-geforce-rtx-4090", 128)
    assert device.memory_bytes == 24 * 2**30


def test_threads_are_refused_because_there_are_none_to_choose(opened):
    with pytest.raises(BackendUnavailable, match="threads=2 on a GPU"):
        opened(threads=2)


def test_an_output_that_is_wrong_is_a_failure_by_name(opened, monkeypatch):
    backend = opened()
    monkeypatch.setenv("HNA_TRTEXEC", "wrong")

    with pytest.raises(BackendFailed, match=r"^residual/.* differs"), backend.prepare(OPERATION):
        pass


@pytest.mark.parametrize(
    ("mode", "error", "complaint"),
    [
        ("unsupported", OperationUnsupported, "No importer registered for op: Unheard"),
        ("crash", BackendFailed, r"crashed \(SIGSEGV\): building residual/"),
        ("hang", BackendFailed, r"did not end within 2 s: building residual/.*timeout_s"),
        ("planless", BackendFailed, "wrote no plan"),
        ("timeless", BackendFailed, "wrote no time"),
    ],
)
def test_how_the_tool_failed_is_told_apart(opened, monkeypatch, mode, error, complaint):
    backend = opened(timeout_s=2)
    monkeypatch.setenv("HNA_TRTEXEC", mode)

    with pytest.raises(error, match=complaint), backend.prepare(OPERATION):
        pass


def test_the_last_lines_of_its_complaint_are_repeated_in_one_line(opened, monkeypatch):
    backend = opened()
    monkeypatch.setenv("HNA_TRTEXEC", "unsupported")

    with pytest.raises(OperationUnsupported) as caught, backend.prepare(OPERATION):
        pass

    assert "\n" not in str(caught.value)
    assert str(caught.value).count(" | ") == 2


def test_without_a_gpu_the_backend_is_unavailable_with_the_tools_words(tool, monkeypatch):
    monkeypatch.setenv("HNA_TRTEXEC", "no_gpu")

    with pytest.raises(BackendUnavailable, match=r"cannot build here: .*driver version is insuff"):
        open_backend("trtexec", path=tool)


def test_without_the_tool_the_places_looked_at_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tools, "INSTALLED", tmp_path / "bin/trtexec")

    reason = why_unavailable("trtexec")

    assert reason.startswith(f"trtexec is not on PATH and not at {tmp_path}/bin/trtexec")


def test_the_tool_is_found_on_path(tool, monkeypatch):
    monkeypatch.setenv("PATH", f"{tool.parent}{os.pathsep}{os.environ['PATH']}")

    assert why_unavailable("trtexec") is None


def test_something_else_at_its_place_is_no_trtexec(tmp_path):
    program = tmp_path / "trtexec"
    program.write_text("#!/bin/sh\necho hello\n")

    with pytest.raises(BackendUnavailable, match=r"does not work: .* cannot be started"):
        open_backend("trtexec", path=program)
    program.chmod(0o755)
    with pytest.raises(BackendUnavailable, match="is no trtexec"):
        open_backend("trtexec", path=program)


def test_a_program_that_takes_too_long_is_ended_with_its_children(tmp_path):
    started = perf_counter()

    with pytest.raises(BackendFailed, match=r"within 0\.3 s"):
        run_program(["/bin/sh", "-c", "sleep 30 & wait"], tmp_path, "waiting", 0.3)

    assert perf_counter() - started < 5


def test_the_gpu_of_a_jetson_is_part_of_its_board_though_an_old_tool_tells_no_uuid():
    said = (
        "[I] Selected Device: Orin\n[I] Compute Capability: 8.7\n[I] SMs: 8\n"
        "[I] Device Global Memory: 7471 MiB\n"
    )

    assert gpu_properties(said, 0).integrated
    with pytest.raises(BackendUnavailable, match="UUID of GPU 0"):
        gpu_properties(said.replace("8.7", "8.6"), 0)


def test_executions_are_handed_out_in_the_order_taken():
    executions = Executions(lambda count: [float(i) for i in range(1, count + 1)], lambda: 0.0)

    assert [executions(1), executions(2), executions(1)] == [1.0, 2.5, 4.0]


def test_the_tool_runs_again_when_its_executions_are_used_up_or_old():
    runs, now = [], [0.0]

    def run(count):
        runs.append(count)
        return [RUN_US / 32] * count

    executions = Executions(run, lambda: now[0])
    executions(FIRST_RUN)
    executions(1)
    now[0] += FRESH_S + 0.1
    executions(1)
    executions(100)

    assert runs == [FIRST_RUN, 32, 32, 69]  # 32 of them fill a run; 31 of the third are left


def test_executions_of_a_run_are_few_where_they_are_long_and_bounded_where_they_are_short():
    runs = []

    def run(latency_us):
        return lambda count: runs.append(count) or [latency_us] * count

    for latency_us in (10e6, 0.01):
        executions = Executions(run(latency_us), lambda: 0.0)
        executions(FIRST_RUN)
        executions(1)

    assert runs == [FIRST_RUN, 10, FIRST_RUN, 5_000]


def test_the_real_tool_times_an_operation():
    reason = why_unavailable("trtexec")
    if reason:
        pytest.skip(reason)

    with open_backend("trtexec").prepare(OPERATION) as prepared:
        latency_us = prepared(10)

    assert 0 < latency_us < 60e6
    assert prepared.build.layers
