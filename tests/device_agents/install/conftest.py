"""A folder that stands for a machine, and ``hna agent`` run on it."""

import io

import pytest

from device_agents.spool import Spool
from profiler.command import main

SERVER = "http://10.0.0.1:8765"


@pytest.fixture
def machine_root(tmp_path):
    """A machine with the groups of GPUs and nobody on it."""
    root = tmp_path / "machine"
    (root / "etc").mkdir(parents=True)
    (root / "etc/group").write_text("root:x:0:\nvideo:x:44:\n")
    return root


@pytest.fixture
def hna(machine_root, monkeypatch, capsys):
    """Run ``hna agent`` on that machine; return exit status, output and errors."""

    def run(*arguments, stdin=""):
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        subcommand, *rest = arguments
        status = main(["agent", subcommand, "--root", str(machine_root), *rest])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    monkeypatch.delenv("HNA_SERVER", raising=False)
    return run


@pytest.fixture
def install(hna):
    def run(*arguments, token="hna_secret"):
        return hna("install", "--server", SERVER, "--token-stdin", *arguments, stdin=token + "\n")

    return run


@pytest.fixture
def everything_below():
    """Return every path below a folder with what tells whether it changed."""

    def look(root):
        found = {}
        for path in sorted(root.rglob("*")):
            status = path.lstat()
            content = path.read_bytes() if path.is_file() else b""
            found[str(path.relative_to(root))] = (status.st_mode, status.st_uid, content)
        return found

    return look


@pytest.fixture
def spooled():
    """Leave a report in the spool of a machine's agent."""

    def put(machine_root, report):
        with Spool(machine_root / "var/lib/hna-agent/device.spool") as spool:
            spool.put(report)

    return put
