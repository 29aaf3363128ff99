"""The whole system against a known optimum: processes, queue, tables, transfer, search."""

import pytest

from benchmarks.known_optimum.house import fleet
from benchmarks.known_optimum.truth import known_truth
from benchmarks.simulated_fleet import A_STEP, HANDFUL, STEPS, onboarded, search
from profiler.device import table_name
from profiler.operations import operation_key

SOURCES = ("1080ti_256", "silver_4210r")
UNSEEN = ("titan_rtx_256", "eyeriss")


@pytest.fixture(scope="module")
def searched(data, tmp_path_factory):
    """Return the fleet as it is after all searches, and the devices that were searched for."""
    file = data / "lut" / "help_nasbench201.npz"
    plans = dict.fromkeys(SOURCES, "quick") | dict.fromkeys(UNSEEN, "default")
    with fleet(tmp_path_factory.mktemp("fleet"), file, plans) as devices:
        unseen = onboarded(devices, known_truth(file), SOURCES, UNSEEN)
        search(devices, unseen)
        yield devices, unseen


def test_searches_of_few_measurements_come_close_to_the_best_there_is(searched):
    _, unseen = searched

    for device in unseen:
        regrets = device.regrets("score")
        assert len(regrets) == 5
        assert sum(regrets) / 5 <= 0.02, device.model
        assert all(len(hunt.readings) <= HANDFUL + STEPS * A_STEP for _, hunt in device.hunts)


def test_what_was_measured_is_in_the_tables_of_simulated_devices_with_samples(searched):
    devices, unseen = searched
    cells = unseen[0].truth.cells

    for device in unseen:
        table = devices.table(device.model)
        view = devices.devices[device.model]
        keys = {operation_key(cells.networks[i]) for _, hunt in device.hunts for i in hunt.readings}
        assert table.name == table_name(device.model, view.environments[0])
        assert table.simulated
        assert keys == set(table.by_key)
        assert {entry.value_kind for entry in table.entries} == {"measured"}
        some = table.entries[0]
        told = devices.client.measurement(some.measurement_ids[0])
        assert some.operation in {each.operation for each in told.session.measurements}


def test_the_devices_passed_their_health_check(searched):
    devices, _ = searched

    for view in devices.devices.values():
        health = devices.client.device_health(view.device.fingerprint)
        assert health.health in ("unknown", "good")
        assert set(health.checks[0].latencies_us) == {"call", "dense", "depthwise", "memory"}
