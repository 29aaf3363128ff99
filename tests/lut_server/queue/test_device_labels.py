"""Labels of devices, and what a device is doing."""

import pytest

from lut_server.wire import DeviceSelection, require_labels
from profiler.errors import HnaError, ServerRefused

pytestmark = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


def test_labels_of_a_person_and_of_the_agent_stand_beside_each_other(client, boards):
    boards.register("left", labels=("fast", "lab-1"))

    view = client.label_device("aa01", ["rack=7", "fast"])

    assert view.labels == ("fast", "lab-1", "rack=7")
    assert view.agent_labels == ("fast", "lab-1")
    assert client.device("aa01") == view
    assert view in client.devices()


def test_each_replaces_only_what_it_gave_itself(client, boards):
    boards.register("left", labels=("fast",))
    client.label_device("aa01", ["mine"])

    again = boards.register("left", labels=("slow",))
    without = client.label_device("aa01", [])

    assert again.labels == ("mine", "slow")
    assert without.labels == ("slow",)


def test_a_campaign_chooses_by_either(bench, client, boards):
    boards.register("left", labels=("fast",))
    client.label_device("bb01", ["fast"])

    view = boards.campaign([bench.operation()], devices=DeviceSelection(labels=("fast",)))

    assert [target.devices for target in view.targets] == [("bb01",), ("aa01",)]


def test_labels_of_a_device_nobody_registered_are_refused(client):
    with pytest.raises(ServerRefused, match="no device has fingerprint 'cafe'"):
        client.label_device("cafe", ["fast"])


@pytest.mark.parametrize("label", ["", "two words", "-dash", "a" * 64, "line\n", "<b>"])
def test_what_is_no_label_is_refused_here_and_there(http, boards, label):
    answer = http.put("/v1/devices/aa01/labels", json={"labels": [label]})

    assert answer.status_code == 422
    with pytest.raises(HnaError, match="use 1 to 63 letters"):
        require_labels([label])


def test_a_device_is_leased_while_it_holds_a_job_and_idle_otherwise(client, bench, boards, clock):
    campaign = boards.campaign([bench.operation()])
    before = client.device("aa01")
    lease = boards.lease("left")

    during = client.device("aa01")
    listed = {view.device.name: (view.state, view.campaign_id) for view in client.devices()}
    boards.report("left", lease)

    assert (before.state, before.campaign_id) == ("idle", None)
    assert (during.state, during.campaign_id) == ("leased", campaign.id)
    assert listed == {
        "left": ("leased", campaign.id),
        "right": ("idle", None),
        "other": ("idle", None),
    }
    assert client.device("aa01").state == "idle"


def test_a_device_whose_lease_ran_out_is_idle(client, bench, boards, clock):
    boards.campaign([bench.operation()])
    boards.lease("left")

    clock.move(seconds=60)

    assert client.device("aa01").state == "idle"
