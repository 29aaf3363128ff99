"""A real agent of aarch64 programs, emulated, beside a real server of this machine's own."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from uuid import uuid4

import psutil
import pytest

from lut_server.wire import Registration, Report
from profiler.backends.registry import open_backend
from profiler.errors import ServerRefused
from profiler.operations import Border, SpatialConv, operation_key
from profiler.platforms.linux import identify
from profiler.summary import summarise

pytestmark = pytest.mark.timeout(900)  # the first test may build the machine
BORDER = Border(channels=(8,), height=16, width=16)
BOARD = {"architecture": "aarch64", "name": "a board", "emulated": False}


@pytest.fixture
def device(house):
    return house.view.device


@pytest.fixture
def register(house):
    """Register what the emulated device would be with changes."""

    def register(**changes):
        device = replace(house.view.device, **changes)
        environments = house.view.environments
        return house.client.register(
            Registration(device=device, environments=environments, agent_version="0.1.0")
        )

    return register


def test_the_agent_registers_as_an_emulated_arm_machine(device):
    assert device.emulated
    assert not device.simulated
    assert device.architecture == "aarch64"
    assert device.model == f"emulated-aarch64-{device.cores}-core{'s' * (device.cores > 1)}"
    assert device.memory_bytes == identify().memory_bytes


def test_it_measures_with_the_onnx_runtime_of_its_own_architecture(house, arm):
    (environment,) = house.view.environments
    libraries = (arm.root.site / "onnxruntime" / "capi").glob("onnxruntime_pybind11_state*.so")
    (machine,) = {library.read_bytes()[18] for library in libraries}

    assert environment.runtime == "onnxruntime"
    assert environment.provider == "CPUExecutionProvider"
    assert machine == 183  # EM_AARCH64


def test_every_operation_and_its_border_is_in_a_table_marked_emulated(house, measured, operations):
    (view,) = (view for view in house.client.tables() if view.name == measured.tables[0])
    table = house.client.table(measured.tables[0])

    assert measured.measured == len(operations) + 1
    assert measured.gaps == 0
    assert view.emulated
    assert view.device_model == house.view.device.model
    keys = {operation_key(operation) for operation in (*operations, BORDER)}
    assert {operation_key(entry.operation) for entry in table.entries} == keys


def test_the_latencies_are_positive_and_those_of_a_slow_processor(house, measured, operations):
    sessions = house.client.sessions(measured.tables[0])

    median_us = {
        operation_key(one.operation): summarise(one).median_us
        for session in sessions
        for one in session.measurements
    }
    border_us = median_us[operation_key(BORDER)]
    for operation in operations:
        with open_backend("onnxruntime").prepare(operation) as prepared:
            native_us = min(prepared(10) for _ in range(5))
        assert median_us[operation_key(operation)] > border_us > 0
        assert median_us[operation_key(operation)] > 10 * native_us
    assert all(entry.latency_us > 0 for entry in house.client.table(measured.tables[0]).entries)


def test_a_board_of_the_same_model_is_refused(house, device, register):
    with pytest.raises(ServerRefused, match="emulated device") as refusal:
        register(**BOARD, fingerprint="b" * 32)

    assert refusal.value.fields["type"] == "device-conflict"


def test_an_emulated_device_that_claims_the_model_of_a_board_is_refused(register):
    register(**BOARD, fingerprint="c" * 32, model="raspberry-pi-5-model-b-4-cores")

    with pytest.raises(ServerRefused, match="real device 'a board'") as refusal:
        register(fingerprint="d" * 32, model="raspberry-pi-5-model-b-4-cores")

    assert refusal.value.fields["type"] == "device-conflict"


def test_the_device_itself_cannot_become_real(house, register):
    with pytest.raises(ServerRefused, match="emulated True there, False now"):
        register(emulated=False)


def test_a_session_of_the_emulated_device_is_not_taken_as_a_real_one(house, measured):
    session = house.client.sessions(measured.tables[0])[0]
    forged = replace(session, id=str(uuid4()), device=replace(session.device, emulated=False))

    with pytest.raises(ServerRefused, match="emulated True there, False now"):
        house.client.report(Report(session=forged))


def test_the_machine_underneath_is_another_device_with_tables_of_its_own(house, device):
    machine = identify()

    house.client.register(
        Registration(device=machine, environments=house.view.environments, agent_version="0.1.0")
    )

    assert not house.client.device(machine.fingerprint).device.emulated
    assert machine.fingerprint != device.fingerprint
    assert machine.model != device.model


def test_a_killed_agent_loses_nothing_and_the_next_doubles_nothing(house, measured, tmp_path):
    shape = {"channels_in": 8, "channels_out": 8, "width": 16}
    operations = tuple(SpatialConv(**shape, height=height) for height in (16, 12))
    before = {session.id for session in house.client.sessions(measured.tables[0])}
    warmed = house.log.read_text().count("warm up:")
    campaign = house.campaign(operations)
    house.until(lambda: house.log.read_text().count("warm up:") > warmed, "the agent measuring")
    (measuring,) = psutil.Process(house.agent.pid).children()
    house.agent.kill()
    house.until(lambda: not measuring.is_running(), "the measuring process ending")
    assert house.client.campaign(campaign.id).measured == 0
    time.sleep(house.lease_s)  # until what it held is anybody's

    log = tmp_path / "next.log"
    with house.arm.agent(house.url, log, "--once") as agent:
        status = agent.wait(240)

    assert status == 0, log.read_text()
    found = [
        operation_key(one.operation)
        for session in house.client.sessions(campaign.tables[0])
        if session.id not in before
        for one in session.measurements
    ]
    leased = re.findall(r"job \w+: (\d+) operations", log.read_text())
    assert len(found) == sum(map(int, leased))
    assert {operation_key(operation) for operation in operations} <= set(found)
