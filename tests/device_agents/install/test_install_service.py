"""The service of the running machine, and the program it runs; a small systemctl stands in."""

import os
from pathlib import Path

import pytest

from device_agents.install import service
from device_agents.install.programs import require_root, require_usable, run, unreachable
from device_agents.install.service import Service
from device_agents.install.step import carry_out
from profiler.errors import InstallFailed, InstallRefused

SYSTEMCTL = """#!/bin/sh
echo "$1" >> "{log}"
case "$1" in
  show) cat "{state}" ;;
  restart)
    test -z "{broken}" || {{ echo "Unit is masked." >&2; exit 1; }}
    echo active > "{state}" ;;
  stop) echo inactive > "{state}" ;;
esac
"""


@pytest.fixture
def systemctl(tmp_path, monkeypatch):
    """Put a systemctl before the machine's; return how to break it and what it was asked."""
    log, state = tmp_path / "log", tmp_path / "state"
    log.touch()
    state.write_text("inactive\n")
    program = tmp_path / "bin" / "systemctl"
    program.parent.mkdir()

    def install(broken=""):
        program.write_text(SYSTEMCTL.format(log=log, state=state, broken=broken))
        program.chmod(0o755)

    install()
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    install.asked = lambda: [word for word in log.read_text().split() if word != "show"]
    return install


def test_new_files_are_read_and_the_service_started_with_them(systemctl, tmp_path):
    changed = carry_out([Service(restart=True, booted=tmp_path)], lambda _: None)

    assert changed
    assert systemctl.asked() == ["daemon-reload", "restart"]
    assert service.state() == "active"


def test_a_service_that_runs_as_the_files_say_is_left_alone(systemctl, tmp_path):
    carry_out([Service(restart=True, booted=tmp_path)], lambda _: None)
    asked = systemctl.asked()

    changed = carry_out([Service(restart=False, booted=tmp_path)], lambda _: None)

    assert not changed
    assert systemctl.asked() == asked


def test_a_service_that_was_stopped_is_started_again(systemctl, tmp_path):
    assert carry_out([Service(restart=False, booted=tmp_path)], lambda _: None)

    assert service.state() == "active"


def test_a_service_that_does_not_start_says_why_in_systemds_words(systemctl, tmp_path):
    systemctl(broken="yes")

    with pytest.raises(InstallFailed, match=r"restart hna-agent.service .*Unit is masked"):
        carry_out([Service(restart=True, booted=tmp_path)], lambda _: None)

    assert service.state() == "inactive"


def test_a_machine_that_systemd_does_not_run_is_refused(systemctl, tmp_path):
    with pytest.raises(InstallRefused, match="systemd does not run this machine"):
        carry_out([Service(restart=True, booted=tmp_path / "absent")], lambda _: None)

    assert systemctl.asked() == []


def test_without_systemctl_the_state_is_unknown(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    assert service.state() == "unknown"


def test_a_program_that_is_not_there_is_named():
    with pytest.raises(InstallFailed, match="no-such-program is not on this machine"):
        run("no-such-program")


def test_a_program_in_a_closed_folder_cannot_be_the_agents(tmp_path):
    program = tmp_path / "closed" / "hna"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    program.parent.chmod(0o700)

    with pytest.raises(InstallRefused, match=r"is closed to others; install hna-nas where all"):
        require_usable(program)


def test_a_program_that_is_not_there_cannot_be_the_agents(tmp_path):
    with pytest.raises(InstallRefused, match=r"there is no program .*/hna; name another"):
        require_usable(tmp_path / "hna")


def test_systemd_reads_its_units_again_after_a_failed_installation_was_undone(systemctl, tmp_path):
    systemctl(broken="yes")

    with pytest.raises(InstallFailed):
        carry_out([Service(restart=True, booted=tmp_path)], lambda _: None, undone=service.reload)

    assert systemctl.asked() == ["daemon-reload", "restart", "daemon-reload"]


def test_a_program_in_somebodys_home_is_not_seen_by_the_service():
    assert unreachable(Path("/home/someone/hna")) == "the service does not see /home"


def test_a_program_of_the_system_can_be_the_agents():
    assert unreachable(Path("/bin/sh").resolve()) is None


def test_nobody_but_root_changes_a_machine(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(InstallRefused, match=r"only root .*--dry-run"):
        require_root()
