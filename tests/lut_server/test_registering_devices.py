"""Devices: registered once, refused when they are not what they were."""

from dataclasses import replace

import pytest

from profiler.device import Environment
from profiler.errors import HnaError, ServerRefused


def test_a_registered_device_is_listed_with_what_it_offers(client, bench):
    client.register(bench.registration())

    (view,) = client.devices()

    assert view.device == bench.device
    assert view.environments == (bench.environment,)


def test_registering_again_updates_the_same_device(client, bench, clock):
    client.register(bench.registration())
    clock.move(seconds=5)
    bench.device = replace(bench.device, name="renamed", system="Linux 7")

    client.register(bench.registration(agent_version="0.2.0"))

    (view,) = client.devices()
    assert view.device.name == "renamed"
    assert view.agent_version == "0.2.0"
    assert view.last_seen == "2026-11-22T12:00:05.000000+00:00"


def test_registering_again_replaces_what_is_offered(client, bench):
    client.register(bench.registration())
    upgraded = replace(bench.environment, runtime_version="2.0.0")

    client.register(bench.registration(environments=(upgraded,)))

    assert client.device("f00d").environments == (upgraded,)


def test_another_identity_under_a_known_fingerprint_is_a_conflict(client, bench):
    client.register(bench.registration())
    bench.device = replace(bench.device, model="other-board", cores=4)

    with pytest.raises(ServerRefused, match="cores 2 there, 4 now") as refusal:
        client.register(bench.registration())

    assert refusal.value.status == 409
    assert refusal.value.fields["type"] == "device-conflict"
    assert client.device("f00d").device.model == "bench-2-cores"


def test_a_simulated_device_cannot_share_the_model_of_a_real_one(client, bench):
    client.register(bench.registration())
    bench.device = replace(bench.device, fingerprint="beef", simulated=True)

    with pytest.raises(ServerRefused, match="'bench-2-cores' is that of real device") as refusal:
        client.register(bench.registration())

    assert refusal.value.status == 409


def test_two_units_of_one_model_are_two_devices(client, bench):
    client.register(bench.registration())
    bench.device = replace(bench.device, fingerprint="beef", name="second")

    client.register(bench.registration())

    assert [view.device.fingerprint for view in client.devices()] == ["beef", "f00d"]


def test_a_model_that_cannot_be_part_of_an_address_is_refused(client, bench):
    bench.device = replace(bench.device, model="a/b")

    with pytest.raises(ServerRefused, match="device model 'a/b' cannot name a table"):
        client.register(bench.registration())


def test_an_agent_of_another_protocol_is_told_so(client, bench):
    with pytest.raises(ServerRefused, match="speaks protocol 99, this server 1"):
        client.register(bench.registration(protocol_version=99))


def test_an_unknown_device_is_named(client):
    with pytest.raises(ServerRefused, match="no device has fingerprint 'nobody'") as refusal:
        client.device("nobody")

    assert refusal.value.status == 404


def test_an_impossible_environment_is_refused_by_its_own_check(http, bench):
    document = bench.registration().model_dump(mode="json")
    document["environments"][0]["precision"] = "fp7"

    response = http.post("/v1/devices", json=document)

    assert response.status_code == 422
    assert "precision 'fp7'" in response.json()["detail"]
    with pytest.raises(HnaError):
        Environment(runtime="x", runtime_version="1", provider="y", precision="fp7")
