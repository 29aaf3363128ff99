"""A disk that is full, and has room again: on a real file system of one megabyte."""

import contextlib
import os
import subprocess

import pytest

OPERATIONS = 40
"""Whose report is larger than what the spool's files hold room for."""


class Disk:
    """A file system that can be filled."""

    def __init__(self, path):
        self._filler = path / "filler"

    def fill(self):
        with self._filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"x" * 4096)

    def free(self):
        self._filler.unlink()


@pytest.fixture
def disk(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    path = tmp_path / "disk"
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(path)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield Disk(path)
    subprocess.run(["umount", "--lazy", str(path)], check=True)


@pytest.fixture
def measuring(disk, agents, ledger, tmp_path, until):
    """An agent whose spool is on that disk, held before its first sample."""
    hold = tmp_path / "hold"
    hold.touch()
    agent = agents.start(state="disk", hold=str(hold), renewing=True)
    ledger.ask(operations=OPERATIONS, per_job=2 * OPERATIONS)
    until(lambda: "build:" in agent.said, "the agent measuring")
    agent.go_on = hold.unlink
    return agent


def test_a_report_the_disk_does_not_take_is_handed_in_from_memory(disk, measuring, ledger, until):
    disk.fill()
    measuring.go_on()

    until(lambda: ledger.campaign.finished, "the campaign ending")

    assert len(ledger.require_all_once()) == 1
    assert "kept in memory until the server has it" in measuring.said
    assert "free space there" in measuring.said


def test_a_report_in_memory_goes_to_the_disk_as_soon_as_there_is_room(
    disk, measuring, agents, ledger, proxy, until
):
    disk.fill()
    proxy.rule = lambda _, __, path: "refuse" if path == "/v1/reports" else "pass"
    measuring.go_on()
    until(lambda: proxy.reported() > 1, "the agent trying")
    assert agents.spooled("disk") == set()

    disk.free()
    until(lambda: agents.spooled("disk"), "the report reaching the disk")
    measuring.kill()
    spooled = agents.spooled("disk")
    proxy.rule = lambda *_: "pass"
    agents.finish(ledger, state="disk")

    assert len(ledger.require_all_once(spooled)) == 1


def test_an_agent_cannot_start_on_a_full_disk_and_says_what_to_do(disk, agents):
    disk.fill()

    agent = agents.start(state="disk", url="http://127.0.0.1:9")
    agent.wait()

    assert agent.said.startswith("SpoolFailed: cannot write")
    assert "No space left on device" in agent.said
    assert "--state-dir" in agent.said
