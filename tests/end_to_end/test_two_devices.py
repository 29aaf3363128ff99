"""One network for two devices: a simulated one, and this machine itself."""

import time
from dataclasses import replace

import pytest

from lut_server.client import LutClient
from profiler.errors import BudgetInfeasible
from search.processes import local_agent, local_server
from search.target import find_target

PLAN = ("--plan", "quick", "--quiet-seconds", "0")


@pytest.fixture(scope="module")
def two_targets(one_thread, tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    with pytest.MonkeyPatch.context() as patch:
        # What others disturb on this machine is measured again at once.
        patch.setenv("HNA_SERVER_SUSPECT_PAUSE_S", "0")
        yield from _two_agents(folder)


def _two_agents(folder):
    with (
        local_server(folder) as url,
        LutClient(url) as client,
        local_agent(url, folder / "first", ("--backend", "simulated", *PLAN)) as first,
        local_agent(url, folder / "second", ("--backend", "onnxruntime", *PLAN)),
    ):
        yield client, [first, _other(client, first)]


def _other(client, first):
    """Wait for the second device; ``local_agent`` hands out the one that it hears of first."""
    deadline = time.monotonic() + 60
    while len(views := client.devices()) < 2:
        assert time.monotonic() < deadline, "the second agent did not register"
        time.sleep(0.1)
    (other,) = {view.device.fingerprint for view in views} - {first.device.fingerprint}
    return find_target(client, other)


def test_one_network_keeps_the_budgets_of_both(house, two_targets, tmp_path):
    client, targets = two_targets
    search = house.search(tmp_path / "run")
    search.client, search.targets = client, targets

    result = search.run()

    assert len(result["devices"]) == 2
    tables = [device["table"]["name"] for device in result["devices"]]
    assert tables == [target.table for target in targets]
    assert [device["simulated"] for device in result["devices"]] == [True, False]
    for device in result["devices"]:
        assert device["predicted_us"] * device["headroom"] <= device["budget_us"] * (1 + 1e-9)
        assert device["measured_us"] > 0
    assert (tmp_path / "run" / "table_2.json").exists()
    assert (tmp_path / "run" / "certificate_2.json").exists()


def test_the_budget_of_one_device_alone_can_be_what_no_network_meets(house, two_targets, tmp_path):
    client, (first, second) = two_targets
    search = house.search(tmp_path / "run")
    search.client = client
    search.targets = [first, replace(second, budget_us=1.0)]

    with pytest.raises(BudgetInfeasible, match=second.device.name):
        search.run()
