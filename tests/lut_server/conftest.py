"""The real app in process, the real client in front of it, and a clock a test can move."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from starlette.testclient import TestClient

from lut_server.app import create_app
from lut_server.client import LutClient
from lut_server.database import open_database
from lut_server.models import Row
from lut_server.settings import Settings
from lut_server.wire import (
    CampaignRequest,
    DeviceSelection,
    DeviceView,
    LeaseRequest,
    Registration,
)
from profiler.device import Device, Environment
from profiler.measurement import Conditions, Costs, Gap, Measurement, Round, Session
from profiler.operations import Cell, Network, Operation, ResidualConv, border_of

DRIVER = "postgresql+psycopg"
SERVE = "import typer; from lut_server.commands import serve; typer.run(serve)"


class MovableClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Bench:
    """A device, what it offers, and the sessions it could have measured."""

    device = Device(
        fingerprint="f00d",
        model="bench-2-cores",
        name="bench",
        architecture="x86_64",
        cores=2,
        memory_bytes=8_000_000_000,
        system="Linux 6",
    )
    environment = Environment(
        runtime="onnxruntime", runtime_version="1.2.3", provider="CPUExecutionProvider"
    )

    def registration(self, **changes: object) -> Registration:
        fields = {"environments": (self.environment,), "agent_version": "0.1.0"} | changes
        return Registration(device=self.device, **fields)

    def campaign(self, operations: Iterable[Operation], **changes: object) -> CampaignRequest:
        fields = {
            "name": "a campaign",
            "devices": DeviceSelection(fingerprints=(self.device.fingerprint,)),
            "environment": self.environment,
        }
        return CampaignRequest(operations=tuple(operations), **(fields | changes))

    def lease_request(self, agent_id: str = "agent-1") -> LeaseRequest:
        return LeaseRequest(
            fingerprint=self.device.fingerprint,
            environments=(self.environment,),
            agent_id=agent_id,
        )

    def operation(self, channels: int = 8) -> ResidualConv:
        return ResidualConv(
            channels_in=channels, channels_out=channels, height=16, width=16, kernel=3
        )

    def network(self, index: int) -> Network:
        cell = Cell(iteration=0, level=0, inputs=(), candidate="3x3_ResConv", blocks=index)
        return Network(height=16, width=16, channels=(8,), cells=(cell,))

    def measurement(self, operation: Operation, latency_us: float) -> Measurement:
        return Measurement(
            id=str(uuid4()),
            operation=operation,
            rounds=(Round(samples_us=(latency_us,) * 3),) * 3,
            warmups=1,
            inner_loops=1,
            stop_reason="round_limit",
        )

    def session(
        self,
        latencies_us: dict[Operation, float],
        *,
        gaps: Iterable[Operation] = (),
        **changes: object,
    ) -> Session:
        moment = Conditions(at="2026-11-22T12:00:00Z", load_average=0.5)
        fields = {
            "id": str(uuid4()),
            "device": self.device,
            "environment": self.environment,
            "measurements": tuple(self.measurement(o, us) for o, us in latencies_us.items()),
            "gaps": tuple(Gap(operation=o, reason="no kernel for it") for o in gaps),
            "sentinel_us": (10.0, 11.0),
            "before": moment,
            "after": moment,
            "costs": Costs(wall=2.0, build=0.5, warm_up=0.5, timed=1.0),
            "software": ("onnxruntime=1.2.3",),
            "warnings": ("sentinel_moved",),
        }
        return Session(**(fields | changes))

    def measured(self, operation: Operation, latency_us: float = 30.0) -> dict[Operation, float]:
        """Return an operation at 10 us more than its border, with that border."""
        border = border_of(operation)
        assert border is not None
        return {border: latency_us - 10.0, operation: latency_us}


class Postgres:
    """A PostgreSQL server of this test run's own, with a store that each test finds empty."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._port = port

    def start(self) -> None:
        options = f"-p {self._port} -k {self._folder} -c fsync=off"
        self._run("initdb", "-E", "UTF8", "-U", "postgres", "-A", "trust", "-N", "-D", self._data)
        self._run("pg_ctl", "-D", self._data, "-l", self._log, "-o", options, "-w", "start")
        self._admin = create_engine(
            self.address("postgres").replace("postgresql", DRIVER, 1), isolation_level="AUTOCOMMIT"
        )
        self._store = self.new_database()
        open_database(self._store, 5.0).close()
        self._emptying = create_engine(self._store.replace("postgresql", DRIVER, 1))

    def stop(self) -> None:
        self._emptying.dispose()
        self._admin.dispose()
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def address(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self._port}/{name}"

    def empty_store(self) -> str:
        """Return the address of the store that all tests share, with nothing in it."""
        names = ", ".join(table.name for table in Row.metadata.sorted_tables)
        with self._emptying.begin() as connection:
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
        return self._store

    def new_database(self) -> str:
        """Return the address of a database without tables."""
        name = f"test_{uuid4().hex}"
        with self._admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        return self.address(name)

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    @property
    def _log(self) -> str:
        return str(self._folder / "log")

    def _run(self, program: str, *arguments: str) -> None:
        binary = str(postgres_binaries()[-1] / program)
        as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        subprocess.run(
            [*as_user, binary, *arguments], cwd="/", check=True, stdout=subprocess.DEVNULL
        )


def postgres_binaries() -> list[Path]:
    """Return the folders of the PostgreSQL servers that are installed, the newest last."""
    on_path = shutil.which("initdb")
    if on_path:
        return [Path(on_path).resolve().parent]
    packaged = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return sorted((found.parent for found in packaged), key=lambda path: int(path.parent.name))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    pytest.importorskip("psycopg", reason="the postgres extra is not installed")
    if not postgres_binaries():
        pytest.skip("no PostgreSQL server is installed")
    folder = Path(tempfile.mkdtemp(prefix="hna-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")  # PostgreSQL refuses to run as root
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Postgres(folder, port)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with nothing in it, to copy: the history of the schema is gone through once."""
    path = tmp_path_factory.mktemp("empty") / "lut.db"
    open_database(path, 5.0).close()
    return path


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path, empty_file: Path) -> str:
    """Where the store is: a file, or where a test says ``postgresql``, a server's database."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return str(shutil.copy(empty_file, tmp_path / "lut.db"))
    server: Postgres = request.getfixturevalue("postgres")
    return server.empty_store()


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def settings(place: str) -> Settings:
    return Settings(database=place, lease_seconds=60.0)


@pytest.fixture
def http(settings: Settings, clock: MovableClock) -> Iterator[TestClient]:
    with TestClient(create_app(settings, clock)) as http:
        yield http


@pytest.fixture
def client(http: TestClient) -> LutClient:
    return LutClient(http=http)


@pytest.fixture
def registered(client: LutClient, bench: Bench) -> DeviceView:
    return client.register(bench.registration())


@pytest.fixture
def process(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A server in a process of its own, and the file that says where it listens."""
    ready = tmp_path / "ready"
    command = [sys.executable, "-c", SERVE, "--port", "0", "--ready-file", str(ready)]
    process = subprocess.Popen(
        [*command, *getattr(request, "param", ())],
        env=os.environ | {"XDG_DATA_HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + 30
    while not ready.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    yield process, ready
    process.kill()
    process.communicate()
