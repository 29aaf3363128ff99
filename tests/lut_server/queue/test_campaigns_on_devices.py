"""Campaigns on several devices: one target for each table, any chosen device for each job."""

from dataclasses import replace

import pytest

from lut_server.wire import DeviceSelection, EnvironmentParts
from profiler.errors import ServerRefused

pytestmark = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def operations(bench):
    return [bench.operation(channels) for channels in (8, 10, 12, 14)]


def test_devices_of_one_model_share_a_target_and_the_answer_names_them(boards, operations):
    everybody = DeviceSelection(models=("pi", "jetson"))

    view = boards.campaign(operations, devices=everybody, operations_per_job=2)

    assert [(t.device_model, t.devices, t.requested, t.jobs) for t in view.targets] == [
        ("jetson", ("bb01",), 8, {"queued": 4}),
        ("pi", ("aa01", "aa02"), 8, {"queued": 4}),
    ]
    assert (view.requested, view.jobs) == (16, {"queued": 8})
    assert view.tables[0].startswith("jetson@onnxruntime-")


def test_equal_boards_share_the_jobs_and_each_operation_is_measured_once(
    client, boards, operations
):
    campaign = boards.campaign(operations, operations_per_job=2)
    leases = [boards.lease(name) for name in ("left", "right", "left", "right")]

    for name, lease in zip(("left", "right", "left", "right"), leases, strict=True):
        boards.report(name, lease)

    view = client.campaign(campaign.id)
    assert len({lease.job_id for lease in leases}) == 4
    assert (view.state, view.measured, view.jobs) == ("finished", 8, {"done": 4})
    (table,) = view.tables
    assert {entry.sessions for entry in client.table(table).entries} == {1}


def test_a_device_that_was_not_chosen_gets_no_job_of_the_campaign(boards, operations):
    boards.campaign(operations, devices=DeviceSelection(fingerprints=("aa01",)))

    assert boards.lease("right") is None
    assert boards.lease("other") is None
    assert boards.lease("left") is not None


def test_a_report_by_a_device_that_was_not_chosen_is_a_conflict(boards, operations):
    boards.campaign(operations, devices=DeviceSelection(fingerprints=("aa01",)))
    lease = boards.lease("left")

    with pytest.raises(ServerRefused, match="is for another device") as refusal:
        boards.report("right", lease)

    assert refusal.value.fields["type"] == "report-conflict"


def test_what_one_table_holds_is_left_out_of_its_target_only(client, boards, operations):
    boards.campaign(operations)
    boards.report("left", boards.lease("left"))

    view = boards.campaign(operations, devices=DeviceSelection(models=("pi", "jetson")))

    assert [(t.device_model, t.already_measured, t.jobs) for t in view.targets] == [
        ("jetson", 0, {"queued": 1}),
        ("pi", 8, {}),
    ]


def test_each_environment_of_a_model_is_a_target_of_its_own(client, bench, boards, operations):
    fp16 = replace(bench.environment, precision="fp16")
    boards.register("right", environments=(fp16, bench.environment))

    view = boards.campaign(operations, environment=EnvironmentParts())

    assert [(t.environment.precision, t.devices) for t in view.targets] == [
        ("fp32", ("aa01",)),
        ("fp16", ("aa02",)),
    ]


def test_devices_are_chosen_when_the_campaign_starts(client, bench, boards, operations):
    boards.campaign(operations)
    boards.devices["late"] = replace(bench.device, fingerprint="aa03", name="late", model="pi")
    boards.register("late")

    assert boards.lease("late") is None


def test_a_target_all_of_whose_devices_get_no_work_says_so(client, boards, operations):
    from lut_server.wire import HealthChange

    campaign = boards.campaign(operations)
    client.change_health("aa01", HealthChange(health="maintenance", reason="a new fan"))
    one_left = client.campaign(campaign.id)

    client.change_health("aa02", HealthChange(health="bad", reason="smoke"))
    nobody = client.campaign(campaign.id)

    assert one_left.waiting_for is None
    assert "maintenance" in nobody.waiting_for
    assert "(and 1 more devices)" in nobody.waiting_for
    assert nobody.targets[0].waiting_for == nobody.waiting_for
