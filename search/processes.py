"""
A server and an agent as real processes of this machine, for a search that brings its own.

Both are ended, whatever happens; the agent gives its lease back when it is.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lut_server.client import LutClient
from profiler.errors import HnaError
from search.target import Target, find_target

PATIENCE_S = 60.0
GRACE_S = 15.0


@contextmanager
def local_server(folder: Path) -> Iterator[str]:
    """Run ``hna serve`` on any free port, its database in *folder*; yield its address."""
    ready = folder / "server.url"
    ready.unlink(missing_ok=True)
    command = ["serve", "--port", "0", "--database", str(folder / "lut.db")]
    with hna_process([*command, "--ready-file", str(ready)], folder / "server.log") as process:
        _wait(lambda: ready.exists() and bool(ready.read_text()), process, folder / "server.log")
        yield ready.read_text().strip()


@contextmanager
def local_agent(url: str, folder: Path, options: Sequence[str] = ()) -> Iterator[Target]:
    """Run ``hna agent``, the only one of the server at *url*; yield its device once registered."""
    # Beside the agent that a machine may run as a service: that one is not this server's.
    command = ["agent", "--server", url, "--state-dir", str(folder / "agent"), "--share-device"]
    log = folder / "agent.log"
    with LutClient(url) as client:
        before = client.devices()
        with hna_process([*command, *options, "--poll-seconds", "0.5"], log) as process:
            _wait(lambda: client.devices() != before, process, log)
            (view,) = (view for view in client.devices() if view not in before)
            yield find_target(client, view.device.fingerprint)


@contextmanager
def hna_process(arguments: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``hna`` with *arguments* until the block ends; what it says is added to *log*."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        log.open("ab") as output,
        subprocess.Popen(
            [sys.executable, "-m", "profiler.command", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,  # Ctrl-C is this process's to handle; it then ends the children
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(errors="replace").strip().splitlines()[-3:]
            raise HnaError(f"{process.args!r:.120} did not start; {log} ends: {' / '.join(said)}")
        time.sleep(0.1)
