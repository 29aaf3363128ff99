"""A real server process for all tests of a module, which waits for hardly anything."""

import os
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest

LIMITS = {
    "HNA_SERVER_HEADER_TIMEOUT_S": "0.4",
    "HNA_SERVER_BODY_TIMEOUT_S": "0.4",
    "HNA_SERVER_MAX_BODY_BYTES": "100000",
    "HNA_SERVER_MAX_HEADER_BYTES": "4096",
}


@pytest.fixture(scope="module")
def impatient(tmp_path_factory):
    """The process of such a server, and where it listens, as a host and a port."""
    folder = tmp_path_factory.mktemp("impatient")
    ready = folder / "ready"
    arguments = ["serve", "--port", "0", "--ready-file", str(ready)]
    process = subprocess.Popen(
        [sys.executable, "-m", "profiler.command", *arguments],
        env=os.environ | LIMITS | {"XDG_DATA_HOME": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while not ready.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    parts = urlsplit(ready.read_text().strip())
    yield process, (parts.hostname, parts.port)
    process.kill()
    process.wait()
