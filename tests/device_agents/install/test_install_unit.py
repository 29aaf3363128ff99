"""The systemd unit: what systemd says of it, and what measuring needs of it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from device_agents.install.unit import render_environment, render_unit

FILTERS = (
    "SystemCallFilter", "SystemCallArchitectures", "LockPersonality", "MemoryDenyWriteExecute",
    "PrivateDevices", "ProtectClock", "ProtectHostname", "ProtectKernelLogs",
    "ProtectKernelModules", "ProtectKernelTunables", "RestrictAddressFamilies",
    "RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID",
)  # fmt: skip
"""Settings for which systemd installs a seccomp filter (systemd.exec(5))."""

SINCE_254 = ("RestartSteps", "RestartMaxDelaySec")


@pytest.fixture
def unit():
    return render_unit(Path(sys.executable), ("video", "render"), allow_priority=False)


def settings(unit):
    """Name and value of every setting, comments left out."""
    lines = (line for line in unit.splitlines() if "=" in line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze here")
@pytest.mark.parametrize("groups", [(), ("video", "render")])
@pytest.mark.parametrize("allow_priority", [False, True])
def test_systemd_finds_no_fault_with_the_unit(groups, allow_priority, tmp_path):
    path = tmp_path / "hna-agent.service"
    path.write_text(render_unit(Path(sys.executable), groups, allow_priority=allow_priority))

    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True
    )

    faults = [
        line
        for line in result.stderr.splitlines()
        if path.name in line and not any(f"'{name}'" in line for name in SINCE_254)
    ]
    assert (faults, result.returncode) == ([], 0)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze here")
def test_systemd_would_find_a_setting_that_does_not_exist(unit, tmp_path):
    path = tmp_path / "hna-agent.service"
    path.write_text(unit.replace("KillMode=mixed", "KilMode=mixed"))

    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True
    )

    assert "KilMode" in result.stderr


def test_no_placeholder_of_the_template_is_left(unit):
    assert "@" not in unit


def test_the_agent_runs_unprivileged_and_may_write_its_spool_alone(unit):
    found = settings(unit)

    assert found["User"] == "hna-agent"
    assert found["CapabilityBoundingSet"] == ""
    assert found["NoNewPrivileges"] == "yes"
    assert found["ProtectSystem"] == "strict"
    assert found["ReadWritePaths"] == "/var/lib/hna-agent"
    assert "--state-dir /var/lib/hna-agent" in found["ExecStart"]


def test_the_agent_comes_back_whatever_ends_it(unit):
    found = settings(unit)

    assert found["Restart"] == "always"
    assert found["StartLimitIntervalSec"] == "0"
    assert int(found["RestartMaxDelaySec"]) > int(found["RestartSec"])


def test_nothing_in_the_unit_slows_what_is_measured(unit):
    found = settings(unit)

    assert [
        name for name in (*FILTERS, "CPUQuota", "CPUAffinity", "MemoryMax") if name in found
    ] == []


def test_nothing_in_the_unit_hides_devices_or_who_is_busy(unit):
    found = settings(unit)

    assert [
        n for n in ("DeviceAllow", "DevicePolicy", "ProtectProc", "ProcSubset") if n in found
    ] == []
    assert found["SupplementaryGroups"] == "video render"


def test_the_agent_may_raise_its_priority_only_where_allowed():
    allowed = render_unit(Path("/opt/hna/bin/hna"), (), allow_priority=True)
    forbidden = render_unit(Path("/opt/hna/bin/hna"), (), allow_priority=False)

    assert settings(allowed)["LimitNICE"] == "-10"
    assert settings(forbidden)["LimitNICE"] == "0"


def test_the_environment_holds_the_path_of_the_token_and_not_the_token():
    text = render_environment("http://10.0.0.1:8765", ("--threads", "2"), with_token=True)

    assert text.splitlines()[1:] == [
        "HNA_SERVER=http://10.0.0.1:8765",
        "HNA_TOKEN_FILE=/etc/hna/agent.token",
        'HNA_AGENT_OPTIONS="--threads 2"',
    ]
