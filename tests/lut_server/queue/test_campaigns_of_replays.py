"""Networks known by name only: for devices that replay them, and for nobody else."""

from dataclasses import replace

import pytest

from lut_server.wire import DeviceSelection
from profiler.device import Environment, table_name
from profiler.errors import ServerRefused
from profiler.operations import ForeignOperation

REPLAYING = Environment(
    runtime="simulated",
    runtime_version="1",
    provider="replay",
    options=("replay=nasbench201@0123456789ab", "replay_noise=0.035"),
)
NETWORK = ForeignOperation(format="nasbench201", name="|none~0|+|none~0|none~1|+|...")


@pytest.fixture
def replayed(client, bench):
    device = replace(bench.device, fingerprint="ab" * 8, model="pixel3", simulated=True)
    request = bench.registration(environments=(REPLAYING,)).model_copy(update={"device": device})
    client.register(request)
    return device


def test_a_device_that_replays_them_measures_networks_by_name(client, bench, replayed):
    view = client.start_campaign(
        bench.campaign(
            [NETWORK], devices=DeviceSelection(models=("pixel3",)), environment=REPLAYING
        )
    )

    assert view.tables == (table_name("pixel3", REPLAYING),)
    assert (view.requested, view.jobs["queued"]) == (1, 1)


def test_names_of_another_space_are_refused(client, bench, replayed):
    other = ForeignOperation(format="fbnet_space", name="k3_e1|skip")

    with pytest.raises(ServerRefused, match="known by name only") as refusal:
        client.start_campaign(
            bench.campaign(
                [NETWORK, other],
                devices=DeviceSelection(models=("pixel3",)),
                environment=REPLAYING,
            )
        )

    assert refusal.value.status == 422
    assert "k3_e1|skip" in refusal.value.detail


def test_one_device_that_cannot_is_enough_to_refuse(client, bench, replayed):
    client.register(bench.registration())

    with pytest.raises(ServerRefused, match="1 operation"):
        client.start_campaign(
            bench.campaign(
                [NETWORK],
                devices=DeviceSelection(models=("pixel3", bench.device.model)),
                environment={},
            )
        )
