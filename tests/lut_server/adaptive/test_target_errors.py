"""Campaigns with a target error or a budget: measured is what tells most, the rest is predicted."""

import pytest

from lut_server.wire import CampaignRequest
from profiler.operations import operation_key

pytestmark = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


def kinds(table):
    counts = {}
    for entry in table.entries:
        counts[entry.value_kind] = counts.get(entry.value_kind, 0) + 1
    return counts


def rows_of(client, view, wanted):
    table = client.table(view.tables[0], allow=["predicted"])
    return {key: table.by_key[key] for key in map(operation_key, wanted)}


def test_nothing_is_queued_before_the_server_has_thought(start, board):
    view = start(target_error=0.05)

    assert (view.finished, view.state, view.jobs) == (False, "running", {})
    assert (view.adaptive.stage, view.adaptive.choosing) == ("narrowing", True)
    assert board.lease() is None


def test_a_part_is_measured_and_the_rest_predicted_within_the_target(
    client, start, board, finish, wanted
):
    view = finish(start(target_error=0.1).id, board)

    at = view.adaptive
    assert (view.state, at.stage, at.choosing, at.wanted) == ("finished", "finished", False, 32)
    assert at.measured < 28
    assert at.measured + at.predicted == 32
    assert at.worst_error <= 0.1
    rows = rows_of(client, view, wanted)
    errors = [
        abs(row.latency_us / board.law_us(row.operation.channels_in) - 1) for row in rows.values()
    ]
    assert max(errors) < 0.2


def test_predictions_are_no_part_of_the_table_unasked(client, start, board, finish):
    view = finish(start(target_error=0.1).id, board)

    assert "predicted" not in kinds(client.table(view.tables[0]))
    assert kinds(client.table(view.tables[0], allow=["predicted"]))["predicted"] > 0


def test_what_is_measured_later_stands_before_its_prediction(client, start, board, finish, wanted):
    view = finish(start(target_error=0.1).id, board)
    guessed = [r for r in rows_of(client, view, wanted).values() if r.value_kind == "predicted"]

    start([guessed[0].operation])
    board.work()

    assert rows_of(client, view, wanted)[guessed[0].key].value_kind == "measured"


def test_no_more_operations_are_chosen_than_the_budget_allows(start, board, finish):
    view = finish(start(target_error=0.0001, max_operations=11).id, board)

    assert view.adaptive.measured == 11
    assert view.adaptive.predicted == 32 - 11
    assert view.adaptive.worst_error is not None


def test_a_budget_alone_is_used_up(start, board, finish):
    assert finish(start(max_operations=9).id, board).adaptive.measured == 9


def test_measuring_ends_with_the_minutes_that_were_given(start, board, finish):
    view = finish(start(target_error=0.0001, max_minutes=3 / 60).id, board)  # 2 s a session

    assert 2.0 <= view.adaptive.spent_s <= 4.0
    assert 0 < view.adaptive.measured < 32


def test_with_too_few_rows_the_rest_stays_missing_and_the_campaign_says_why(
    client, start, board, finish, wanted
):
    view = finish(start(max_operations=1).id, board)

    assert view.adaptive.predicted == 0
    assert any("31 operations of" in note for note in view.notes)
    answer = client.entries(view.tables[0], operations=wanted, allow=["predicted"])
    assert len(answer.missing) == 31


def test_networks_are_measured_as_asked(client, bench, start, board, finish, wanted):
    networks = [bench.network(index) for index in range(1, 4)]

    view = finish(start([*wanted, *networks], target_error=0.3).id, board)

    table = client.table(view.tables[0], allow=["predicted"])
    assert {table.by_key[operation_key(each)].value_kind for each in networks} == {"measured"}


def test_what_cannot_be_measured_is_neither_asked_for_again_nor_predicted(
    client, start, board, finish, wanted
):
    board.gaps = {operation_key(each) for each in wanted[::3]}

    view = finish(start(target_error=0.0001).id, board)

    assert view.adaptive.gaps == len(board.gaps)
    assert view.adaptive.measured == 32 - len(board.gaps)
    answer = client.entries(view.tables[0], operations=wanted, allow=["predicted"])
    assert set(answer.missing) == board.gaps


def test_what_the_table_holds_already_is_not_measured_again(start, board, finish, wanted):
    start(wanted[:20])
    board.work()

    view = finish(start(target_error=0.0001, max_operations=4).id, board)

    assert (view.already_measured, view.adaptive.measured) == (20, 24)


def test_counts_of_a_finished_campaign_add_up(start, board, finish):
    view = finish(start(target_error=0.1).id, board)

    assert view.requested == view.already_measured + view.measured + view.gaps


def test_a_target_that_a_device_registered_holds_for_campaigns_that_name_none(
    client, start, board, finish
):
    assert board.register(target_error=0.1).target_error == 0.1

    view = finish(start().id, board)

    assert view.adaptive.target_error == 0.1
    assert view.adaptive.predicted > 0
    assert start(target_error=0.2, name="mine").adaptive.target_error == 0.2
    board.register()
    assert start(name="later").adaptive is None


def test_the_same_request_with_the_same_id_is_one_campaign(client, bench, wanted, board):
    request: CampaignRequest = bench.campaign(wanted, target_error=0.1, id="adaptive-1")

    first, again = client.start_campaign(request), client.start_campaign(request)

    assert first.id == again.id == "adaptive-1"
    assert len(client.campaigns()) == 1
