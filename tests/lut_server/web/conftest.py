"""A laboratory as a browser sees it: every row got there through the API."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from lut_server.app import create_app
from lut_server.client import LutClient
from lut_server.settings import Settings
from lut_server.wire import (
    CampaignRequest,
    DeviceSelection,
    HealthChange,
    HealthReport,
    ImportQuery,
    LeaseRequest,
    Registration,
    Report,
    SearchedNetwork,
)
from profiler.backends.simulated import SimulatedBackend
from profiler.certificates import sum_us
from profiler.device import Device, table_name
from profiler.measurement import Conditions, Session
from profiler.measuring.loop import measure
from profiler.measuring.plan import MeasurementPlan
from profiler.measuring.sentinels import SENTINELS
from profiler.operations import Operation
from profiler.space import known_topology, named_space, random_networks, space_operations

HOSTILE = "<script>alert('x')</script>\" onmouseover=\"alert(1)"
if "HNA_PICTURES" in os.environ:
    HOSTILE = "nano-7"
"""A name that must never become markup; an ordinary one for the pictures of the documentation."""

PLAN = MeasurementPlan(min_rounds=3, max_rounds=3, min_samples=2, max_samples=4, max_warmups=1)
SPACE = named_space(height=64, width=64)
TOPOLOGY = known_topology("dnanet_simplified", 5)
OPERATIONS = space_operations(SPACE, TOPOLOGY)
NETWORKS = random_networks(SPACE, TOPOLOGY, 12, seed=3)
BACKEND = SimulatedBackend(threads=1, noise=0.02, seed=1)
PUBLISHED = b"""Conv-input:224x224x3-output:112x112x32:
  mean: 0.21
Logits-input:7x7x1280-output:1000:
  mean: 0.05
expanded_conv-input:112x112x32-output:112x112x16-expand:1-kernel:3-stride:1-idskip:0:
  mean: 0.44
"""
IMPORTED = ImportQuery(
    source="mobile_trim.yaml",
    format="proxylessnas",
    device_model="pixel-1",
    runtime="tflite",
    runtime_version="1.14",
    provider="CPU",
    unit="ms",
    errors="keep",
)


class Clock:
    """A clock of the laboratory's past."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC) - timedelta(days=19, minutes=9)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **of: float) -> None:
        self.now += timedelta(**of)


@dataclass
class Lab:
    """
    Fills a server through its API.

    Args:
        client: of the server.
        clock: of the server.
    """

    client: LutClient
    clock: Clock
    draw: np.random.Generator = field(default_factory=lambda: np.random.default_rng(5))

    def device(self, name: str, model: str) -> Device:
        return Device(
            fingerprint=f"{name}-0123456789abcdef", model=model, name=name, architecture="aarch64",
            cores=6, memory_bytes=8_000_000_000, system="Linux 6.1", simulated=True,
        )  # fmt: skip

    def register(self, device: Device, *labels: str) -> None:
        self.client.register(
            Registration(
                device=device,
                environments=(BACKEND.environment,),
                agent_version="0.1.0",
                labels=labels,
            )
        )

    def session(self, device: Device, operations: tuple[Operation, ...], slower: float) -> Session:
        """Measure on the simulated backend; everything takes *slower* times as long."""
        measured = measure(operations, BACKEND, device, PLAN)
        factor = slower * float(self.draw.normal(1, 0.006))
        moment = Conditions(
            at=self.clock.now.isoformat(), load_average=0.2, temperature_c=51.0, clock_mhz=1510.0
        )
        measurements = []
        for each in measured.measurements:
            rounds = tuple(
                replace(part, samples_us=tuple(s * factor for s in part.samples_us))
                for part in each.rounds
            )
            measurements.append(replace(each, rounds=rounds))
        return replace(
            measured, measurements=tuple(measurements), before=moment, after=moment,
            software=("hna-nas=0.1.0", "simulated=1"),
        )  # fmt: skip

    def check(self, device: Device, slower: float = 1.0) -> None:
        session = self.session(device, tuple(SENTINELS.values()), slower)
        self.client.report_health(device.fingerprint, HealthReport(session=session))

    def ask(self, name: str, device: Device, operations: tuple[Operation, ...], **more):
        return self.client.start_campaign(
            CampaignRequest(
                name=name,
                devices=DeviceSelection(models=(device.model,)),
                operations=operations,
                **more,
            )
        )

    def work(self, device: Device, slower: float = 1.0, jobs: int = 1) -> bool:
        """Do the work there is for a device, at most so many jobs; return whether there was so."""
        for _ in range(jobs):
            lease = self.client.lease(
                LeaseRequest(
                    fingerprint=device.fingerprint,
                    environments=(BACKEND.environment,),
                    agent_id=f"agent-{device.name}",
                )
            )
            if lease is None:
                return False
            session = self.session(device, lease.operations, slower)
            self.client.report(Report(job_id=lease.job_id, lease_id=lease.id, session=session))
        return True

    def publish(self, table: str, name: str, number: int, **changes: object) -> None:
        whole = NETWORKS[number]
        held = self.client.table(table)
        predicted_us = 0.95 * sum_us(held, whole) + 20
        fields = {
            "id": f"network-{number:04d}",
            "name": name,
            "network": whole,
            "table": table,
            "table_version": held.version,
            "predicted_us": predicted_us,
            "measured_us": predicted_us * 1.02,
            "measured_low_us": predicted_us * 1.01,
            "measured_high_us": predicted_us * 1.03,
            "budget_us": predicted_us * 1.1,
            "accuracy": {"miou": 0.7312, "pd": 0.964},
            "searched_at": self.clock.now.isoformat(),
            "software": ("hna-nas=0.1.0", "torch=2.9.1"),
        }
        self.client.publish_network(SearchedNetwork(**(fields | changes)))


def furnish(lab: Lab) -> None:
    """Let three weeks of work happen."""
    orin, other = lab.device("orin-1", "jetson-orin-nano"), lab.device("orin-2", "jetson-orin-nano")
    pi = lab.device("rpi5-window", "raspberry-pi-5")
    hostile = lab.device(HOSTILE, "jetson-nano-2019")
    for device in (orin, other):
        lab.register(device, "lab-2", "edge")
    lab.register(pi, "lab-1")
    lab.register(hostile)
    for day in range(9):
        lab.clock.move(days=1)
        for device in (orin, other, pi):
            lab.check(device, 1.32 if device is pi and day == 8 else 1.0)
    lab.ask("orin: space of the paper", orin, (*OPERATIONS, *NETWORKS))
    lab.work(orin)
    table = table_name(orin.model, BACKEND.environment)
    lab.client.table(table)
    for day, slower in enumerate((1.0, 1.01, 0.985)):
        lab.clock.move(days=2)
        lab.ask(f"orin: again, {day + 1}", orin, (*OPERATIONS, *NETWORKS), remeasure=True)
        lab.work((other, orin)[day % 2], slower)
    lab.client.certify(table)
    lab.publish(table, "orin, 15 ms", 0)
    lab.clock.move(days=3)
    lab.publish(table, "orin, over its budget", 1, budget_us=1.0)
    lab.client.import_tables(PUBLISHED, IMPORTED)
    lab.ask("pi: half of the space", pi, OPERATIONS[:60], operations_per_job=8)
    lab.client.change_health(pi.fingerprint, HealthChange(health="good", reason="a new fan"))
    lab.work(pi, 3.1, jobs=4)
    lab.clock.move(days=1)
    for device, slower in ((pi, 1.3), (pi, 1.3), (pi, 2.4), (orin, 1.0), (other, 1.0)):
        lab.clock.move(minutes=1)
        lab.check(device, slower)
    lab.ask(f"all for {HOSTILE}", hostile, OPERATIONS[:24], operations_per_job=4)
    lab.ask("orin: not in the space", orin, (replace(OPERATIONS[3], height=80),), priority=5)


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a laboratory, made once; to be copied."""
    path = tmp_path_factory.mktemp("lab") / "lut.db"
    clock = Clock()
    with TestClient(create_app(Settings(database=str(path)), clock)) as http:
        furnish(Lab(LutClient(http=http), clock))
    return path


@pytest.fixture
def worker() -> Callable[[LutClient], Lab]:
    """Somebody who does the work of devices, at a server's."""
    return lambda client: Lab(client, Clock())


@pytest.fixture
def small_lab(place: str) -> Iterator[TestClient]:
    """One device, one table, one network of everything, on the database of the test."""
    clock = Clock()
    with TestClient(create_app(Settings(database=place), clock)) as http:
        lab = Lab(LutClient(http=http), clock)
        device = lab.device("orin-1", "jetson-orin-nano")
        lab.register(device, "lab-2")
        lab.check(device)
        lab.ask("the space", device, (*OPERATIONS, *NETWORKS[:6]))
        lab.work(device)
        table = table_name(device.model, BACKEND.environment)
        lab.client.certify(table)
        lab.publish(table, "orin, 15 ms", 0)
        lab.ask("the space again", device, OPERATIONS[:9], remeasure=True)
        yield http


@pytest.fixture
def lab_place(furnished: Path, tmp_path: Path) -> str:
    return str(shutil.copy(furnished, tmp_path / "lab.db"))


@pytest.fixture
def browser(lab_place: str) -> Iterator[TestClient]:
    """The pages of the laboratory, asked for in process."""
    with TestClient(create_app(Settings(database=lab_place))) as http:
        yield http
