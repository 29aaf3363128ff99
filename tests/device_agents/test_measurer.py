"""Measuring in a process of its own."""

import os
import sys

import pytest

from device_agents.measurer import ProcessMeasurer
from profiler.errors import BackendFailed, BackendUnavailable


@pytest.fixture
def simulated(machine, tiny_plan):
    return ProcessMeasurer(
        backend="simulated", machine=machine, plan=tiny_plan, options={"noise": 0.0}
    )


def test_the_process_says_which_device_and_environment_it_measures(simulated, machine):
    described = simulated.describe()

    assert described.device.simulated
    assert described.device.fingerprint != machine.fingerprint
    assert described.environment.runtime == "simulated"


def test_a_session_comes_back_whole_and_every_phase_is_announced(simulated, operation):
    seen = []

    session = simulated.measure(simulated.describe().environment, [operation], seen.append)

    assert [m.operation for m in session.measurements][-1] == operation
    assert {step.phase for step in seen} == {"build", "warm_up", "rounds"}


def test_what_the_agent_raises_between_visits_ends_the_process(simulated, operation):
    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulated.measure(simulated.describe().environment, [operation], interrupt)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_backend_that_does_not_exist_is_named(machine):
    with pytest.raises(BackendUnavailable, match="no backend is called 'abacus'"):
        ProcessMeasurer(backend="abacus", machine=machine).describe()


def test_a_runtime_that_changed_under_the_agent_is_not_measured(simulated, operation):
    registered = ProcessMeasurer(
        backend="simulated", machine=simulated.machine, options={"noise": 0.5}
    )

    with pytest.raises(BackendUnavailable, match="start the agent again"):
        simulated.measure(registered.describe().environment, [operation], lambda _: None)


def test_a_process_that_crashes_is_told_from_one_that_refuses(machine):
    crashing = (sys.executable, "-c", "import os; os.abort()")

    with pytest.raises(BackendFailed, match="SIGABRT"):
        ProcessMeasurer(backend="simulated", machine=machine, program=crashing).describe()


def test_the_last_words_of_a_failing_process_are_repeated(machine):
    failing = (sys.executable, "-c", "raise SystemExit('libgomp is missing')")

    with pytest.raises(BackendFailed, match="exit status 1: libgomp is missing"):
        ProcessMeasurer(backend="simulated", machine=machine, program=failing).describe()
