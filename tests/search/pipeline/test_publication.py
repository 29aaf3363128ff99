"""What a search tells the server about its network; a server that will not hear it is a warning."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from lut_server.app import create_app
from lut_server.client import LutClient
from lut_server.settings import Settings
from lut_server.wire import Registration, Report
from profiler.backends.simulated import SimulatedBackend
from profiler.device import Device
from profiler.measuring.loop import measure
from profiler.measuring.plan import MeasurementPlan
from profiler.operations import Cell, Network
from profiler.summary import Summary
from search.conclusion import Found, Outcome
from search.data.dataset import Dataset
from search.data.normalisation import Normalisation
from search.deployment import Deployment
from search.devices import PricedDevice
from search.metrics.metrics import Metrics
from search.publication import publish, searched_network
from search.target import Target

DEVICE = Device(
    fingerprint="f00d", model="desk", name="desk", architecture="x86_64", cores=2,
    memory_bytes=8_000_000_000, system="Linux 6", simulated=True,
)  # fmt: skip
CELL = Cell(iteration=0, level=0, inputs=(), candidate="3x3_ResConv")
NETWORK = Network(height=16, width=16, channels=(8,), cells=(CELL,))
SUMMARY = Summary(
    latency_us=900.0, low_us=890.0, high_us=915.0, median_us=905.0, iqr_us=5.0, samples=30,
    rounds=10, excluded_rounds=0,
)  # fmt: skip
METRICS = Metrics(
    miou=0.7, niou=0.6, pd=None, fa=1e-5, fa_compat=1e-5, pixel_recall=0.8, pixel_precision=0.9,
    false_positive_rate=None, images=6, targets=7,
)  # fmt: skip


@pytest.fixture
def client(tmp_path):
    with TestClient(create_app(Settings(database=tmp_path / "lut.db"))) as http:
        client = LutClient(http=http)
        backend = SimulatedBackend(threads=1, noise=0.01, seed=0)
        client.register(
            Registration(device=DEVICE, environments=(backend.environment,), agent_version="0")
        )
        plan = MeasurementPlan(min_rounds=3, max_rounds=3, max_warmups=1)
        session = measure(tuple(NETWORK.parts()), backend, DEVICE, plan)
        client.report(Report(session=session))
        yield client


@pytest.fixture
def found(client, certificate):
    (view,) = client.tables()
    target = Target(device=DEVICE, environment=view.environment)
    priced = PricedDevice(
        name="desk", target=target, table=client.table(view.name), certificate=certificate,
        budget_us=1000.0,
    )  # fmt: skip
    deployment = Deployment(
        summary=SUMMARY, measurement_id="measurement-1", session_id="s", drift=1.0, anchors=0,
        sittings=1, counted=1, as_sampled_us=SUMMARY.latency_us,
    )  # fmt: skip
    dataset = Dataset(
        name="NUAA-SIRST", train=(), validation=(), test=(), source="folder",
        normalisation=Normalisation(mean=(0.0,) * 3, std=(1.0,) * 3),
    )  # fmt: skip
    return Found(
        network=NETWORK, needed=(), tried=None, seen=None, metrics=METRICS,
        outcomes=(
            Outcome(device=priced, predicted_us=880.0, headroom=1.1, deployment=deployment),
        ),
        training=None, dataset=dataset, candidates=(),
    )  # fmt: skip


def test_a_search_publishes_its_network_with_what_was_predicted_and_measured(client, found):
    warnings = list(publish(client, found))

    (published,) = client.networks()
    assert warnings == []
    assert published.name == "NUAA-SIRST on desk, 1 ms"
    assert published.network == NETWORK
    assert (published.predicted_us, published.measured_us) == (880.0, 900.0)
    assert (published.measured_low_us, published.measured_high_us) == (890.0, 915.0)
    assert published.table_version == client.tables()[0].version
    assert published.accuracy["miou"] == 0.7
    assert published.accuracy.keys().isdisjoint({"pd", "images", "targets"})


def test_the_same_measurement_of_the_same_network_has_the_same_id(found):
    (outcome,) = found.outcomes

    assert searched_network(found, outcome).id == searched_network(found, outcome).id


def test_a_server_that_is_away_is_a_warning(found):
    with LutClient("http://127.0.0.1:9") as nobody:
        (warning,) = publish(nobody, found)

    assert warning.startswith("the network was not published for desk: no server answers")


def test_a_server_that_refuses_is_a_warning(found, tmp_path):
    with TestClient(create_app(Settings(database=tmp_path / "other.db"))) as http:
        (warning,) = publish(LutClient(http=http), found)

    assert "there is no table 'desk@simulated-" in warning
