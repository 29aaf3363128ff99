"""Real servers in processes of their own, started as people start them."""

import os
import subprocess
import sys
import time
from uuid import uuid4

import psutil
import pytest
from sqlalchemy import create_engine, text

from lut_server.engines.place import place_of
from lut_server.engines.postgresql import WRITERS

PATIENCE_S = 30.0


class Serving:
    """``hna serve``, and what can be seen of it from outside."""

    def __init__(self, folder, place, arguments, settings):
        self.ready = folder / f"{uuid4().hex}.url"
        variables = {f"HNA_SERVER_{name.upper()}": str(value) for name, value in settings.items()}
        command = ["serve", "--port", "0", "--database", place, "--ready-file", str(self.ready)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "profiler.command", *command, *arguments],
            env=os.environ | variables | {"TMPDIR": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
        )
        self.wait_until(lambda: self.ready.exists() or self.process.poll() is not None)
        self.url = self.ready.read_text().strip()

    @staticmethod
    def wait_until(condition):
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.02)

    def children(self):
        """Return the processes below it that serve, or soon do."""
        below = psutil.Process(self.process.pid).children()
        return [child for child in below if _serves(child)]

    def end(self, patience_s=PATIENCE_S):
        """Wait until it has ended; return what it said."""
        return self.process.communicate(timeout=patience_s)[0]


def _serves(process):
    try:
        return "spawn_main" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # a zombie, too: it has ended and nobody has looked yet
        return False


@pytest.fixture
def serve(tmp_path, place):
    started = []

    def serve(*arguments, **settings):
        started.append(Serving(tmp_path, place, arguments, settings))
        return started[-1]

    yield serve
    for serving in started:
        if serving.process.poll() is None:
            for child in psutil.Process(serving.process.pid).children(recursive=True):
                child.kill()
            serving.process.kill()
        serving.process.communicate()


class WritersLock:
    """The lock that writers take: requests that write wait for whoever holds it."""

    def __init__(self, connection):
        self._connection = connection
        sqlite = connection.dialect.name == "sqlite"
        self._take = "BEGIN IMMEDIATE" if sqlite else f"SELECT pg_advisory_lock({WRITERS})"
        self._let_go = "ROLLBACK" if sqlite else f"SELECT pg_advisory_unlock({WRITERS})"

    def take(self):
        self._connection.execute(text(self._take))

    def let_go(self):
        self._connection.execute(text(self._let_go))


@pytest.fixture
def lock(place):
    engine = create_engine(place_of(place).url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield WritersLock(connection)
    engine.dispose()
