"""What people say of campaigns: priority, pause, cancel; and asking for one twice."""

import pytest

from lut_server.wire import DeviceSelection
from profiler.errors import ServerRefused

pytestmark = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


def test_the_highest_priority_is_worked_on_first_and_of_equal_ones_the_oldest(
    client, bench, boards, clock
):
    started = []
    for channels, priority in ((8, 0), (10, 5), (12, 5), (14, -3)):
        started.append(boards.campaign([bench.operation(channels)], priority=priority).id)
        clock.move(seconds=1)

    leased = [boards.lease("left").campaign_id for _ in range(4)]

    assert leased == [started[1], started[2], started[0], started[3]]


def test_a_priority_can_be_changed_while_others_wait(client, bench, boards, clock):
    boards.campaign([bench.operation(8)])
    clock.move(seconds=1)
    second = boards.campaign([bench.operation(10)])

    view = client.change_priority(second.id, 7)

    assert view.priority == 7
    assert boards.lease("left").campaign_id == second.id


def test_a_paused_campaign_hands_out_nothing_and_what_is_leased_goes_on(client, bench, boards):
    operations = [bench.operation(8), bench.operation(10)]
    campaign = boards.campaign(operations, operations_per_job=2)
    lease = boards.lease("left")

    paused = client.change_campaign(campaign.id, "paused")

    assert (paused.state, paused.waiting_for) == ("paused", None)
    assert boards.lease("right") is None
    assert client.renew(lease.id).job_id == lease.job_id
    boards.report("left", lease)
    after = client.campaign(campaign.id)
    assert (after.measured, after.jobs) == (2, {"queued": 1, "done": 1})
    assert "is paused; hna campaign resume" in after.waiting_for

    client.change_campaign(campaign.id, "running")
    assert boards.lease("right").campaign_id == campaign.id


def test_a_paused_campaign_is_finished_with_its_last_lease(client, bench, boards):
    campaign = boards.campaign([bench.operation()])
    lease = boards.lease("left")
    client.change_campaign(campaign.id, "paused")

    boards.report("left", lease)

    assert client.campaign(campaign.id).state == "finished"


def test_what_a_cancelled_campaign_queued_is_never_leased_again(client, bench, boards, clock):
    operations = [bench.operation(channels) for channels in (8, 10, 12)]
    campaign = boards.campaign(operations, operations_per_job=2)
    given_back, expiring = boards.lease("left"), boards.lease("right")

    view = client.change_campaign(campaign.id, "cancelled")
    client.give_back(given_back.id)
    clock.move(seconds=3_600)

    assert (view.state, view.jobs, view.finished) == (
        "cancelled",
        {"leased": 2, "cancelled": 1},
        False,
    )
    assert boards.lease("left") is None
    with pytest.raises(ServerRefused, match="holds no job any more"):
        client.renew(expiring.id)
    after = client.campaign(campaign.id)
    assert (after.jobs, after.finished) == ({"cancelled": 3}, True)


def test_a_lease_of_a_cancelled_campaign_may_finish_and_its_report_is_kept(client, bench, boards):
    campaign = boards.campaign([bench.operation()])
    lease = boards.lease("left")
    client.change_campaign(campaign.id, "cancelled")

    client.renew(lease.id)
    receipt = boards.report("left", lease)

    assert (receipt.stored, receipt.ignored) == (2, 0)
    view = client.campaign(campaign.id)
    assert (view.state, view.jobs, view.measured) == ("cancelled", {"done": 1}, 2)
    assert len(client.table(view.tables[0]).entries) == 2


def test_cancelling_twice_changes_nothing_and_nothing_follows(client, bench, boards):
    campaign = boards.campaign([bench.operation()])

    first = client.change_campaign(campaign.id, "cancelled")
    second = client.change_campaign(campaign.id, "cancelled")

    assert first == second
    with pytest.raises(ServerRefused, match="is cancelled, which is for good") as refusal:
        client.change_campaign(campaign.id, "running")
    assert (refusal.value.status, refusal.value.fields["type"]) == (409, "campaign-over")


def test_cancelling_what_is_finished_changes_nothing(client, bench, boards):
    campaign = boards.campaign([bench.operation()])
    boards.report("left", boards.lease("left"))

    assert client.change_campaign(campaign.id, "cancelled").state == "finished"
    with pytest.raises(ServerRefused, match="is finished"):
        client.change_campaign(campaign.id, "paused")


def test_campaigns_are_listed_by_state(client, bench, boards):
    running = boards.campaign([bench.operation(8)])
    paused = boards.campaign([bench.operation(10)])
    client.change_campaign(paused.id, "paused")

    assert [view.id for view in client.campaigns("running")] == [running.id]
    assert [view.id for view in client.campaigns("paused")] == [paused.id]
    assert client.campaigns("finished") == ()
    assert len(client.campaigns()) == 2


def test_the_same_request_with_the_same_id_is_one_campaign(client, bench, boards):
    operations = [bench.operation()]

    first = boards.campaign(operations, id="asked-once")
    boards.lease("left")
    again = boards.campaign(operations, id="asked-once")

    assert (first.id, again.id) == ("asked-once", "asked-once")
    assert again.jobs == {"leased": 1}
    assert len(client.campaigns()) == 1


def test_an_id_that_is_another_campaigns_is_a_conflict(client, bench, boards):
    boards.campaign([bench.operation(8)], id="asked-once")

    with pytest.raises(ServerRefused, match="asked for something else") as refusal:
        boards.campaign([bench.operation(10)], id="asked-once")

    assert refusal.value.fields["type"] == "campaign-conflict"
    assert len(client.campaigns()) == 1


def test_a_campaign_whose_tables_hold_everything_is_finished_at_once(client, bench, boards):
    boards.campaign([bench.operation()])
    boards.report("left", boards.lease("left"))

    view = boards.campaign([bench.operation()], devices=DeviceSelection(fingerprints=("aa02",)))

    assert (view.state, view.jobs, view.already_measured) == ("finished", {}, 2)
