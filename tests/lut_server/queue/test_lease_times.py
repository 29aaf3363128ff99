"""Leases and the clock: what runs out comes back, and a clock set back does not keep it."""

import pytest
from sqlalchemy import event, select

from lut_server.jobs.repository import JobRepository
from lut_server.models import JobRow
from profiler.errors import LeaseLost

on_both = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
TTL_S = 60.0


@pytest.fixture
def campaign(boards, bench):
    return boards.campaign([bench.operation()])


def expiries(http):
    with http.app.state.server.database.reading() as session:
        return session.scalars(select(JobRow.expiries)).all()


@on_both
def test_leases_that_ran_out_are_counted_and_those_given_back_are_not(
    http, client, boards, clock, campaign
):
    client.give_back(boards.lease("left").id)
    boards.lease("left")
    clock.move(seconds=TTL_S)
    lost = boards.lease("right")
    clock.move(seconds=TTL_S)

    boards.report("right", lost, lost=True)

    assert expiries(http) == [2]
    assert client.campaign(campaign.id).state == "finished"


@on_both
@pytest.mark.usefixtures("campaign")
def test_with_the_clock_set_back_a_lease_of_an_agent_that_died_still_runs_out(boards, clock):
    dead = boards.lease("left")
    clock.move(seconds=-3_600)
    at_once = boards.lease("right")

    clock.move(seconds=TTL_S)
    after = boards.lease("right")

    assert at_once is None
    assert after.job_id == dead.job_id


@on_both
@pytest.mark.usefixtures("campaign")
def test_with_the_clock_set_back_an_agent_at_work_keeps_its_lease(client, boards, clock):
    lease = boards.lease("left")
    clock.move(seconds=-3_600)
    boards.lease("right")
    clock.move(seconds=TTL_S - 1)

    renewed = client.renew(lease.id)
    clock.move(seconds=TTL_S - 1)

    assert renewed.expires_at == "2026-11-22T11:01:59.000000+00:00"
    assert boards.lease("right") is None


@on_both
@pytest.mark.usefixtures("campaign")
def test_with_the_clock_set_forward_a_lease_is_over_and_its_job_somebody_elses(
    client, boards, clock
):
    lease = boards.lease("left")
    clock.move(seconds=3_600)

    other = boards.lease("right")

    assert other.job_id == lease.job_id
    with pytest.raises(LeaseLost):
        client.renew(lease.id)


@on_both
def test_new_jobs_come_before_those_whose_lease_ran_out(client, bench, boards, clock):
    boards.campaign([bench.operation(8), bench.operation(10)], operations_per_job=2)
    first = boards.lease("left")
    clock.move(seconds=TTL_S)

    second, third = boards.lease("left"), boards.lease("right")

    assert second.job_id != first.job_id
    assert third.job_id == first.job_id


def test_no_question_for_work_looks_at_all_jobs(http, campaign):
    """On a queue of 100,000 jobs that would be the difference between 3 ms and 300."""
    asked = []

    def note(_connection, _cursor, statement, parameters, _context, _many):
        asked.append((statement, parameters))

    digest = campaign.tables[0].rsplit("-", 1)[1]
    with http.app.state.server.database.reading() as session:
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", note)
        JobRepository(session).next_for("aa01", [digest], now_s=2e9)
        event.remove(connection, "before_cursor_execute", note)
        plans = [
            [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values)]
            for query, values in asked
        ]

    assert len(plans) == 2
    assert not [line for plan in plans for line in plan if "SCAN jobs" in line]
    assert all(any("jobs_in_turn" in line for line in plan) for plan in plans)
    assert not [line for line in plans[1] if "TEMP B-TREE" in line]
