"""What happens on the way: two servers, people who change their mind, agents that die."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from starlette.testclient import TestClient

from lut_server.adaptive.repository import AdaptiveRepository
from lut_server.adaptive.service import LONGEST_S, Adaptive
from lut_server.app import create_app
from lut_server.client import LutClient
from lut_server.settings import Settings

pytestmark = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def due(http, clock):
    """What waits for a decision now."""

    def due():
        with http.app.state.server.database.reading() as session:
            return AdaptiveRepository(session).due(clock().timestamp(), LONGEST_S)

    return due


def jobs_of(view):
    return sum(view.jobs.values())


def test_of_two_servers_that_think_at_once_one_wins(client, start, board, settings, clock, http):
    view = start(target_error=0.1)
    start_together = Barrier(2)

    def think(app):
        server = app.state.server
        adaptive = Adaptive(server.database, server.shelf, clock)
        start_together.wait()
        return adaptive.decide_all()

    with (
        TestClient(create_app(settings, clock)) as other,
        ThreadPoolExecutor(2) as pool,
    ):
        kept = sorted(pool.map(think, (http.app, other.app)))

    assert kept == [0, 1]
    assert client.campaign(view.id).adaptive.steps == 1
    assert jobs_of(client.campaign(view.id)) == 1


def test_a_thought_that_took_too_long_is_dropped_if_another_was_kept(
    client, start, board, thinking, due
):
    view = start(target_error=0.1)
    (waiting,) = due()
    known = thinking.look(waiting)
    decision = thinking.think(known)
    assert thinking.decide_all() == 1

    kept = thinking.keep(waiting, known, decision)

    assert kept is False
    assert jobs_of(client.campaign(view.id)) == 1


@pytest.mark.parametrize("state", ["cancelled", "paused"])
def test_what_was_thought_of_a_campaign_that_was_stopped_meanwhile_is_dropped(
    client, start, board, thinking, due, state
):
    view = start(target_error=0.1)
    (waiting,) = due()
    assert thinking.claim(waiting)
    known = thinking.look(waiting)
    client.change_campaign(view.id, state)

    kept = thinking.keep(waiting, known, thinking.think(known))

    assert kept is False
    assert jobs_of(client.campaign(view.id)) == 0
    assert client.campaign(view.id).finished is (state == "cancelled")
    if state == "paused":
        client.change_campaign(view.id, "running")
        assert thinking.decide_all() == 1  # at once


def test_a_paused_campaign_says_so_and_goes_on_when_it_is_resumed(
    client, start, board, thinking, finish
):
    view = start(max_operations=9)
    paused = client.change_campaign(view.id, "paused")

    assert thinking.decide_all() == 0
    assert paused.waiting_for.startswith("the campaign is paused")
    assert not paused.adaptive.choosing
    client.change_campaign(view.id, "running")
    assert finish(view.id, board).adaptive.measured == 9


def test_a_cancelled_campaign_is_over_once_what_is_leased_is(client, start, board, thinking):
    view = start(target_error=0.1)
    thinking.decide_all()
    lease = board.lease()

    client.change_campaign(view.id, "cancelled")
    assert not client.campaign(view.id).finished
    board.report(lease)

    over = client.campaign(view.id)
    assert (over.finished, over.state, over.measured) == (True, "cancelled", len(lease.operations))
    assert thinking.decide_all() == 0


def test_a_server_that_died_while_it_thought_is_stood_in_for(start, board, thinking, due, clock):
    start(target_error=0.1)
    (waiting,) = due()
    assert thinking.claim(waiting)  # and then its machine lost power

    assert thinking.decide_all() == 0
    clock.move(LONGEST_S + 1)

    assert thinking.decide_all() == 1


def test_a_clock_that_was_set_back_does_not_stop_the_thinking(start, board, thinking, due, clock):
    start(target_error=0.1)
    (waiting,) = due()
    assert thinking.claim(waiting)

    clock.move(-86_400)

    assert thinking.decide_all() == 1


def test_nothing_is_decided_while_a_job_is_under_way(start, board, thinking):
    start(target_error=0.1)
    assert thinking.decide_all() == 1
    assert thinking.decide_all() == 0

    board.lease()

    assert thinking.decide_all() == 0


def test_the_job_of_an_agent_that_died_is_measured_by_the_next_one(
    client, start, board, thinking, clock, finish
):
    view = start(max_operations=9)
    thinking.decide_all()
    lost = board.lease()
    clock.move(61)

    over = finish(view.id, board)

    assert over.adaptive.measured == 9
    again = board.report(lost)  # its report comes after all
    assert again.ignored == again.stored
    assert client.campaign(view.id) == over


def test_a_decision_outlives_the_server_that_made_it(
    client, start, board, thinking, place, clock, http
):
    view = start(target_error=0.1)
    thinking.decide_all()

    settings = Settings(database=place, think_every_s=0)
    with TestClient(create_app(settings, clock)) as http:
        there = LutClient(http=http).campaign(view.id)

    assert there == client.campaign(view.id)
    assert there.adaptive.steps == 1


def test_rows_that_came_meanwhile_stand_before_predictions(
    client, start, board, thinking, due, wanted
):
    view = start(max_operations=8)
    thinking.decide_all()
    board.work()
    (waiting,) = due()
    known = thinking.look(waiting)
    start(wanted, name="everything")
    board.work()

    assert thinking.keep(waiting, known, thinking.think(known))

    table = client.table(view.tables[0], allow=["predicted"])
    assert client.campaign(view.id).state == "finished"
    assert {entry.value_kind for entry in table.entries} == {"measured"}


def test_a_running_server_thinks_by_itself(place, bench, clock, wanted):
    settings = Settings(database=place, think_every_s=0.05)
    with TestClient(create_app(settings, clock)) as http:
        client = LutClient(http=http)
        client.register(bench.registration())
        view = client.start_campaign(bench.campaign(wanted, target_error=0.1))

        seen = next(each for each in client.follow(view.id) if each.jobs)

    assert seen.jobs == {"queued": 1}
    assert (seen.adaptive.steps, seen.adaptive.choosing) == (1, False)
