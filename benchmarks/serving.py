"""
Real servers for benchmarks: ``hna serve`` as a process, and a PostgreSQL of the benchmark's own.

PostgreSQL runs with its defaults: what it says is committed is on the disk.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, text

from lut_server.engines.place import place_of
from profiler.errors import HnaError

PATIENCE_S = 60.0
POLL_S = 0.005


@dataclass(slots=True, kw_only=True)
class Served:
    """A running ``hna serve``."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path


@contextmanager
def serving(database: str, folder: Path, options: Sequence[str] = ()) -> Iterator[Served]:
    """
    Run ``hna serve`` on any free port, until the block ends.

    Args:
        database: path or address.
        folder: for its log and the file that says where it listens.
        options: further ones of the command.

    Raises:
        HnaError: it did not start; says what it wrote.
    """
    name = uuid4().hex
    ready, log = folder / f"{name}.url", folder / f"{name}.log"
    command = [sys.executable, "-m", "profiler.command", "serve", "--port", "0"]
    command += ["--database", database, "--ready-file", str(ready), *options]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        ) as process,
    ):
        try:
            yield Served(url=_address(ready, process, log), process=process, log=log)
        finally:
            process.kill()


def _address(ready: Path, process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + PATIENCE_S
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            said = " / ".join(log.read_text(errors="replace").strip().splitlines()[-3:])
            raise HnaError(f"hna serve did not start; it said: {said}")
        time.sleep(POLL_S)
    return ready.read_text().strip()


@dataclass(slots=True, kw_only=True)
class Postgres:
    """
    A PostgreSQL server of this benchmark's own.

    Args:
        folder: where its data and its socket are.
        port: where it listens, on loopback.
    """

    folder: Path
    port: int = field(default_factory=lambda: _free_port())

    def new_database(self) -> str:
        """Return the address of a database without tables."""
        name = f"lut_{uuid4().hex}"
        engine = create_engine(
            place_of(self._address("postgres")).url, isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"))
        engine.dispose()
        return self._address(name)

    def start(self) -> None:
        """Start it; after ``crash`` that includes its recovery."""
        options = f"-p {self.port} -k {self.folder}"
        self._run(
            "pg_ctl", "-D", self._data, "-l", f"{self.folder}/log", "-o", options, "-w", "start"
        )

    def crash(self) -> None:
        """Stop it as a power failure would: no checkpoint, nobody waited for."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def make(self) -> None:
        """Make its data."""
        self._run("initdb", "-U", "postgres", "-A", "trust", "-D", self._data)

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _address(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *arguments: str) -> None:
        binaries = postgres_binaries()
        assert binaries is not None  # or nobody could have made one of these
        as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*as_user, str(binaries / program), *arguments]
        subprocess.run(command, cwd="/", check=True, stdout=subprocess.DEVNULL)


def postgres_binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL server that is installed, if one is."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    packaged = [found.parent for found in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(packaged, key=lambda path: int(path.parent.name), default=None)


@contextmanager
def own_postgres() -> Iterator[Postgres]:
    """Run a PostgreSQL server that is gone when the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="hna-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")  # PostgreSQL refuses to run as root
    server = Postgres(folder=folder)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.crash()
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port
