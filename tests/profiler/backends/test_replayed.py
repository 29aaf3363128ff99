"""A device that replays a published table: its latencies, their noise, and what it refuses."""

from statistics import fmean, stdev

import numpy as np
import pytest

from profiler.backends.located import Place, located
from profiler.backends.options import backend_options
from profiler.backends.registry import open_backend
from profiler.backends.replayed import replays
from profiler.device import Device, environment_digest
from profiler.errors import BackendUnavailable, OperationUnsupported
from profiler.formats.networks import nasbench201_name
from profiler.measuring.loop import measure
from profiler.measuring.plan import MeasurementPlan
from profiler.measuring.sentinels import SENTINELS
from profiler.operations import ForeignOperation, ResidualConv, operation_key
from profiler.tabulate import tabulate

OPS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
CHOSEN = [[index % 5, 1, 0, 2, 3, index // 5] for index in range(10)]
NETWORKS = tuple(
    ForeignOperation(format="nasbench201", name=nasbench201_name([OPS[i] for i in row]))
    for row in CHOSEN
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


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("published") / "nets.npz"
    latency_ms = np.array([np.arange(1, 11), 7.0 * np.arange(1, 11)])
    devices = np.array(["phone", "board"])
    np.savez(path, arch=np.array(CHOSEN), devices=devices, latency_ms=latency_ms, ops=np.array(OPS))
    return path


def opened(file, device="phone", **options):
    return open_backend("simulated", replay=str(file), device=device, **options)


def drawn(backend, operation, count=400):
    with backend.prepare(operation) as prepared:
        return [prepared(1) for _ in range(count)]


def test_without_noise_a_network_takes_what_was_published(file):
    backend = opened(file, "board", replay_noise=0.0, session_noise=0.0)

    assert drawn(backend, NETWORKS[2], 3) == [21_000.0] * 3


def test_samples_vary_around_the_published_latency_as_they_are_told_to(file):
    backend = opened(file, replay_noise=0.035, session_noise=0.0)

    samples_us = drawn(backend, NETWORKS[4], 2_000)

    assert fmean(samples_us) == pytest.approx(5_000, rel=0.004)
    assert stdev(samples_us) / fmean(samples_us) == pytest.approx(0.035, rel=0.1)


def test_a_sample_of_several_executions_varies_less(file):
    with opened(file, session_noise=0.0).prepare(NETWORKS[0]) as prepared:
        samples_us = [prepared(100) for _ in range(500)]

    assert stdev(samples_us) / fmean(samples_us) == pytest.approx(0.0035, rel=0.15)


def test_equal_seeds_draw_equal_samples_and_others_do_not(file):
    first = drawn(opened(file, seed=3), NETWORKS[0], 5)

    assert drawn(opened(file, seed=3), NETWORKS[0], 5) == first
    assert drawn(opened(file, seed=4), NETWORKS[0], 5) != first


def test_a_session_after_other_operations_is_another_one(file):
    backend = opened(file, replay_noise=0.0, session_noise=0.01)
    sessions_us = [drawn(backend, NETWORKS[0], 1)[0] for _ in range(300)]

    assert len(set(sessions_us)) == 300
    assert stdev(sessions_us) / 1_000 == pytest.approx(0.01, rel=0.2)


def test_the_device_is_the_published_one_and_says_that_it_is_simulated(file):
    phone, board = (opened(file, name).device(MACHINE) for name in ("phone", "board"))

    assert (phone.model, phone.name, phone.simulated) == ("phone", "phone of nets.npz", True)
    assert len({phone.fingerprint, board.fingerprint, MACHINE.fingerprint}) == 3


def test_the_environment_says_what_is_replayed_and_with_which_noise(file, tmp_path):
    backend = opened(file)
    moved = tmp_path / "renamed.npz"
    moved.write_bytes(file.read_bytes())

    assert replays(backend.environment) == "nasbench201"
    assert {"replay_noise=0.035", "session_noise=0.0044"} <= set(backend.environment.options)
    assert environment_digest(opened(moved).environment) == environment_digest(backend.environment)
    assert replays(open_backend("simulated").environment) is None


def test_what_the_machine_adds_hides_nothing(file):
    backend = located(opened(file), Place(options=("cores=big",)))

    assert replays(backend.environment) == "nasbench201"


@pytest.mark.parametrize(
    "operation",
    [
        ForeignOperation(format="nasbench201", name=nasbench201_name(["none"] * 6)),
        ForeignOperation(format="fbnet_space", name=NETWORKS[0].name),
        ForeignOperation(format="nasbench201", name=NETWORKS[0].name, batch=2),
    ],
)
def test_what_is_not_published_is_refused_by_its_key(file, operation):
    with (
        pytest.raises(OperationUnsupported) as refused,
        opened(file).prepare(operation),
    ):
        pass

    assert operation_key(operation) in str(refused.value)
    assert "nets.npz holds no" in str(refused.value)


def test_a_backend_that_replays_nothing_knows_no_name():
    backend = open_backend("simulated")

    with (
        pytest.raises(OperationUnsupported, match="known by name only"),
        backend.prepare(NETWORKS[0]),
    ):
        pass


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"device": "pixel3"}, "no device 'pixel3'; it has phone, board"),
        ({"device": ""}, "name both"),
        ({"replay": ""}, "name both"),
        ({"replay": "absent.npz"}, r"option replay: absent\.npz cannot be read"),
        ({"replay_noise": -0.1}, "replay_noise=-0.1"),
        ({"session_noise": -0.1}, "session_noise=-0.1"),
        ({"threads": 2}, "threads=2: what is replayed was measured as it was"),
    ],
)
def test_options_that_cannot_be_are_refused(file, changes, said):
    options = {"replay": str(file), "device": "phone"} | changes

    with pytest.raises(BackendUnavailable, match=said):
        open_backend("simulated", **options)


def test_a_person_types_the_options_as_texts(file):
    texts = [f"replay={file}", "device=board", "replay_noise=0.01"]

    backend = open_backend("simulated", **backend_options("simulated", texts))

    assert "replay_noise=0.01" in backend.environment.options
    assert backend.device(MACHINE).model == "board"


def test_networks_and_operations_are_measured_in_one_session_and_become_rows(file):
    backend = opened(file)
    conv = ResidualConv(channels_in=8, channels_out=8, height=16, width=16)
    unknown = ForeignOperation(format="nasbench201", name="nobody's")

    session = measure(
        [*NETWORKS, conv, unknown], backend, backend.device(MACHINE), MeasurementPlan()
    )
    rows = {entry.key: entry for entry in tabulate([session.measurements])}

    assert [gap.operation for gap in session.gaps] == [unknown]
    assert session.warnings == ()
    for place, network in enumerate(NETWORKS):
        row = rows[operation_key(network)]
        assert row.latency_us == pytest.approx(1_000 * (place + 1), rel=0.05)
        assert (row.value_kind, row.border_us) == ("measured", 0.0)
    assert rows[operation_key(conv)].border_us > 0


def test_the_sentinels_of_a_health_check_are_the_formulas(file):
    replayed, formula = opened(file), open_backend("simulated")

    for sentinel in SENTINELS.values():
        assert drawn(replayed, sentinel, 3) == drawn(formula, sentinel, 3)
