"""Which device a search is for, and how it has operations measured there."""

import pytest

from lut_server.wire import HealthChange
from profiler.errors import LutError, TableMismatch
from profiler.operations import ResidualConv
from search.target import ABANDONED_AFTER_S, WITHHELD_AFTER_S, entry_of, find_target, measure_on


@pytest.fixture
def operations():
    return [
        ResidualConv(channels_in=8, channels_out=8, height=size, width=size) for size in (8, 16)
    ]


@pytest.mark.parametrize("wanted", [None, "board-1", "simulated", "1" * 32, "11111111"])
def test_the_only_device_needs_no_name_and_answers_to_each_of_its_names(client, agent, wanted):
    assert find_target(client, wanted) == agent.target


def test_without_devices_the_way_out_is_an_agent_of_this_server(client):
    with pytest.raises(TableMismatch, match=r"knows no device; .*hna agent --server http://"):
        find_target(client)


def test_of_several_devices_one_has_to_be_named(client, make_agent):
    make_agent(1)
    make_agent(2)

    with pytest.raises(
        TableMismatch, match=r"knows 2 devices; name one of them: board-1 \(1{8}\), board-2"
    ):
        find_target(client)


def test_a_name_nobody_has_is_told_beside_those_there_are(client, agent):
    with pytest.raises(TableMismatch, match=r"'toaster'; the server knows: board-1 \(11111111\)"):
        find_target(client, "toaster")


def test_a_model_of_two_units_has_to_be_told_apart_by_fingerprint(client, make_agent):
    make_agent(1)
    second = make_agent(2)

    with pytest.raises(TableMismatch, match=r"2 devices .*'simulated'; .*1{16}, 2{16}"):
        find_target(client, "simulated")
    assert find_target(client, "2222") == second.target


def test_what_is_measured_is_in_the_table_afterwards(client, agent, operations):
    seen = []

    campaign = measure_on(
        client, agent.target, operations, name="two", sleep=agent.work, on_progress=seen.append
    )

    assert campaign.finished
    assert seen[0].jobs == {"queued": 1}
    assert seen[-1] == campaign
    assert not client.table(agent.target.table).missing(operations)


def test_what_is_measured_already_is_not_measured_again_unless_asked(client, agent, operations):
    measure_on(client, agent.target, operations, name="two", sleep=agent.work)

    measure_on(client, agent.target, operations, name="two", sleep=agent.work)
    assert len(agent.sessions) == 1

    measure_on(client, agent.target, operations, name="two", remeasure=True, sleep=agent.work)
    assert len(agent.sessions) == 2


def test_a_search_that_comes_back_waits_for_the_campaign_it_had_started(client, agent, operations):
    def interrupted(_seconds):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_on(client, agent.target, operations, name="two", sleep=interrupted)
    measure_on(client, agent.target, operations, name="two", sleep=agent.work)
    agent.work()

    assert len(client.campaigns()) == 1
    assert len(agent.sessions) == 1


def test_campaigns_of_one_name_over_other_operations_are_kept_apart(client, agent, operations):
    def interrupted(_seconds):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_on(client, agent.target, operations[:1], name="two", sleep=interrupted)
    measure_on(client, agent.target, operations, name="two", sleep=agent.work)

    assert len(client.campaigns()) == 2
    assert not client.table(agent.target.table).missing(operations)


def test_a_campaign_nobody_works_on_is_given_up_with_the_way_out(client, agent, operations, clock):
    with pytest.raises(LutError, match=r"no agent of board-1 works on campaign \w+; .*hna agent"):
        measure_on(client, agent.target, operations, name="two", sleep=clock.sleep, clock=clock)

    assert ABANDONED_AFTER_S < clock.now_s < ABANDONED_AFTER_S + 2


def test_an_agent_busy_with_an_earlier_campaign_is_waited_for(client, agent, operations, clock):
    def start_and_leave(_seconds):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_on(client, agent.target, operations[:1], name="first", sleep=start_and_leave)
    agent.lease()

    def sleep(seconds):
        clock.sleep(seconds)
        if clock.now_s > 3 * ABANDONED_AFTER_S:
            agent.work()

    campaign = measure_on(
        client, agent.target, operations[1:], name="second", sleep=sleep, clock=clock
    )

    assert campaign.finished


def test_a_device_that_gets_no_work_is_waited_for_and_its_reason_is_told(
    client, agent, operations, clock
):
    fingerprint = agent.device.fingerprint
    client.change_health(fingerprint, HealthChange(health="maintenance", reason="a new fan"))
    told = []

    def sleep(_seconds):
        clock.sleep(20.0)
        if clock.now_s == 2 * ABANDONED_AFTER_S:
            client.change_health(fingerprint, HealthChange(health="good", reason="it turns"))
        if clock.now_s > 2 * ABANDONED_AFTER_S:
            agent.work()

    campaign = measure_on(
        client,
        agent.target,
        operations,
        name="two",
        on_progress=lambda view: told.append(view.waiting_for),
        sleep=sleep,
        clock=clock,
    )

    assert campaign.finished
    assert "board-1" in told[0]
    assert "gets no work: maintenance" in told[0]
    assert "because a new fan" in told[0]
    assert told[-1] is None


def test_a_device_that_gets_no_work_for_half_an_hour_ends_the_wait_with_the_reason(
    client, agent, operations, clock
):
    change = HealthChange(health="retired", reason="too old")
    client.change_health(agent.device.fingerprint, change)

    def sleep(_seconds):
        clock.sleep(60.0)

    with pytest.raises(LutError, match=r"still for 31 minutes: .*retired since .*too old"):
        measure_on(client, agent.target, operations, name="two", sleep=sleep, clock=clock)

    assert clock.now_s == WITHHELD_AFTER_S + 60.0


def test_a_campaign_that_is_cancelled_meanwhile_ends_the_wait(client, agent, operations):
    def cancel(_seconds):
        (campaign,) = client.campaigns()
        client.change_campaign(campaign.id, "cancelled")

    with pytest.raises(LutError, match=r"campaign \w+ was cancelled; start this again"):
        measure_on(client, agent.target, operations, name="two", sleep=cancel)


def test_a_campaign_that_is_paused_is_waited_for_and_not_started_twice(client, agent, operations):
    def pause_and_leave(_seconds):
        (campaign,) = client.campaigns()
        client.change_campaign(campaign.id, "paused")
        raise KeyboardInterrupt

    def resume(_seconds):
        (campaign,) = client.campaigns()
        client.change_campaign(campaign.id, "running")
        agent.work()

    with pytest.raises(KeyboardInterrupt):
        measure_on(client, agent.target, operations, name="two", sleep=pause_and_leave)

    assert measure_on(client, agent.target, operations, name="two", sleep=resume).finished


def test_an_operation_the_runtime_cannot_build_is_named_with_its_reason(client, agent, operations):
    agent.unsupported = operations[1]

    with pytest.raises(LutError, match=r"1 operation.*16x16.*no kernel for 7x7; choose a space"):
        measure_on(client, agent.target, operations, name="two", sleep=agent.work)


def test_the_row_of_a_network_never_measured_is_an_error_that_names_it(client, agent, networks):
    measure_on(client, agent.target, networks[:1], name="one", sleep=agent.work)
    table = client.table(agent.target.table)

    assert entry_of(table, networks[0]).operation == networks[0]
    with pytest.raises(TableMismatch, match=rf"{table.name} does not hold network.*measure it"):
        entry_of(table, networks[1])
