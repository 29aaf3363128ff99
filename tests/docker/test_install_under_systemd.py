"""``hna agent install`` where systemd runs: in podman's containers, with ``HNA_CONTAINERS=1``."""

import time

import pytest

BOARD = "hna-test-board"
WAIT_S = 30.0
INSTALL = ("hna", "agent", "install", "--server", "http://127.0.0.1:9")
OPTIONS = ("--", "--backend", "simulated", "--quiet-seconds", "0")


@pytest.fixture(scope="module")
def board(engine, agent_image):
    """Run a command on a board; what it printed, unless it fails."""
    if not engine.is_podman():
        pytest.skip("only podman runs systemd in a container as it is")
    tag = "localhost/hna-board:test"
    engine(
        "build", "--build-arg", f"AGENT_IMAGE={agent_image}", "--file",
        "tests/docker/systemd.Dockerfile", "--tag", tag, "tests/docker",
    )  # fmt: skip
    engine("rm", "--force", BOARD, check=False)
    start = ("run", "--detach", "--systemd=always", "--privileged", "--network", "none")
    engine(*start, "--name", BOARD, tag)

    def run(*command, check=True):
        return engine("exec", BOARD, *command, check=check)

    until(lambda: "running" in run("systemctl", "is-system-running", check=False).stdout)
    yield run
    engine("rm", "--force", BOARD)


@pytest.fixture
def installed(board):
    board("sh", "-c", f"echo hna_secret | {' '.join([*INSTALL, '--token-stdin', *OPTIONS])}")
    yield board
    board("hna", "agent", "uninstall", "--purge")


def until(condition):
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.5)


def shown(board, name):
    return board("systemctl", "show", "--value", f"--property={name}", "hna-agent").stdout.strip()


def said(board):
    """What the service said since it was started last."""
    invocation = shown(board, "InvocationID")
    return board("journalctl", "--no-pager", f"_SYSTEMD_INVOCATION_ID={invocation}").stdout


def test_the_service_runs_unprivileged_and_unfiltered(installed):
    until(lambda: "no server answers" in said(installed))

    status = installed("cat", f"/proc/{shown(installed, 'MainPID')}/status").stdout.split("\n")
    facts = dict(line.split(":\t", 1) for line in status if ":\t" in line)
    assert facts["Uid"].split()[0] == installed("id", "-u", "hna-agent").stdout.strip()
    assert int(facts["CapEff"], 16) == 0
    assert facts["Seccomp"] == "0"


def test_installing_again_leaves_the_running_service_alone(installed):
    before = shown(installed, "MainPID")

    output = installed(*INSTALL, *OPTIONS).stdout

    assert "nothing to change" in output
    assert shown(installed, "MainPID") == before


def test_an_agent_that_is_killed_comes_back(installed):
    installed("systemctl", "kill", "--signal=KILL", "hna-agent")

    until(lambda: shown(installed, "NRestarts") == "1")
    until(lambda: shown(installed, "ActiveState") == "active")


def test_stopping_lets_the_agent_end_in_order(installed):
    until(lambda: "no server answers" in said(installed))

    installed("systemctl", "stop", "hna-agent")

    assert "stopped: told to stop" in said(installed)
    assert shown(installed, "ExecMainStatus") == "0"


def test_a_service_that_does_not_start_leaves_nothing_behind(board):
    board("sh", "-c", "echo nonsense > /opt/broken && chmod 755 /opt/broken")

    failed = board(*INSTALL, "--no-token", "--program", "/opt/broken", check=False)

    left = board("hna", "agent", "status", check=False).stdout
    assert failed.returncode == 2
    assert "what was done before it is undone" in failed.stderr
    assert "agent: not installed" in left
    assert "missing: user hna-agent, state" in left
