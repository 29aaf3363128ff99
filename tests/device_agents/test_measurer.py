"""Measuring in a process of its own."""

import os
import subprocess
import sys

import psutil
import pytest

from device_agents.measurer import ProcessMeasurer
from device_agents.messages import Order
from profiler.backends.located import Place
from profiler.errors import BackendFailed, BackendUnavailable


@pytest.fixture
def simulated(machine, tiny_plan):
    return ProcessMeasurer(
        backend="simulated", machine=machine, plan=tiny_plan, options=("noise=0.0",)
    )


def test_the_process_says_which_device_and_environment_it_measures(simulated, machine):
    described = simulated.describe()

    assert described.device.simulated
    assert described.device.fingerprint != machine.fingerprint
    assert described.environment.runtime == "simulated"


def test_what_the_machine_adds_to_the_environment_is_said(machine):
    place = Place(power_mode="15w", options=("cores=arm-cortex-a76",))
    measurer = ProcessMeasurer(backend="simulated", machine=machine, place=place)

    environment = measurer.describe().environment

    assert environment.power_mode == "15w"
    assert "cores=arm-cortex-a76" in environment.options


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("noise", "write name=value"),
        ("depth=3", "has no option 'depth'"),
        ("noise=much", "noise=much"),
    ],
)
def test_an_option_the_backend_cannot_take_is_named(machine, option, said):
    with pytest.raises(BackendUnavailable, match=said):
        ProcessMeasurer(backend="simulated", machine=machine, options=(option,)).describe()


def test_a_session_comes_back_whole_and_every_phase_is_announced(simulated, operation):
    seen = []

    session = simulated.measure(simulated.describe().environment, [operation], seen.append)

    assert [m.operation for m in session.measurements][-1] == operation
    assert {step.phase for step in seen} == {"build", "warm_up", "rounds"}


def test_what_the_agent_raises_between_visits_ends_the_process(simulated, operation):
    def interrupt(_):
        raise KeyboardInterrupt

    before = psutil.Process().children()

    with pytest.raises(KeyboardInterrupt):
        simulated.measure(simulated.describe().environment, [operation], interrupt)

    assert psutil.Process().children() == before


def test_a_backend_that_does_not_exist_is_named(machine):
    with pytest.raises(BackendUnavailable, match="no backend is called 'abacus'"):
        ProcessMeasurer(backend="abacus", machine=machine).describe()


def test_a_runtime_that_changed_under_the_agent_is_not_measured(simulated, operation):
    registered = ProcessMeasurer(
        backend="simulated", machine=simulated.machine, options=("noise=0.5",)
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


START_AND_WAIT = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-m", "device_agents.measuring_process"])
time.sleep(60)
"""


def test_the_measuring_process_ends_with_its_agent_also_where_nothing_is_hung_up(
    machine, tiny_plan, operation
):
    order = Order(
        backend="simulated",
        options=("noise=0.0",),
        machine=machine,
        plan=tiny_plan,
        operations=(operation,),
    )
    orders, held_open = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", START_AND_WAIT], stdin=orders, stdout=subprocess.PIPE, text=True
    ) as agent:
        os.close(orders)
        os.write(held_open, f"{order.model_dump_json()}\n".encode())
        answers = [agent.stdout.readline() for _ in range(2)]
        (measuring,) = psutil.Process(agent.pid).children()

        agent.kill()

        measuring.wait(10.0)
    os.close(held_open)
    assert '"described"' in answers[0]
    assert '"step"' in answers[1]  # it waited for a line that never came
