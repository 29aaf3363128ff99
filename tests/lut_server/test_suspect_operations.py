"""What others disturbed while it was measured is measured again, a few times."""

from dataclasses import replace

import pytest

from lut_server.wire import Report
from profiler.measurement import Round
from profiler.operations import border_of

PAUSE_S = 30

pytestmark = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


def disturbed(session, *operations, good=0):
    """Return *session* as if others had run beside all but *good* rounds of *operations*."""

    def spoil(measurement):
        if measurement.operation not in operations:
            return measurement
        states = ["clean"] * good + ["contended"] * (4 - good)
        rounds = tuple(Round(samples_us=(30.0, 31.0), state=state) for state in states)
        return replace(measurement, rounds=rounds)

    return replace(session, measurements=tuple(spoil(m) for m in session.measurements))


@pytest.fixture
def operations(bench):
    return (bench.operation(8), bench.operation(16))


@pytest.fixture
def campaign(client, bench, registered, operations):
    return client.start_campaign(bench.campaign(operations))


@pytest.fixture
def work(client, bench):
    """Lease a job and report it, some of it disturbed."""

    def work(*spoilt, good=0):
        lease = client.lease(bench.lease_request())
        session = disturbed(
            bench.session(dict.fromkeys(lease.operations, 30.0)), *spoilt, good=good
        )
        client.report(Report(job_id=lease.job_id, lease_id=lease.id, session=session))
        return lease

    return work


def test_only_what_was_disturbed_is_leased_again_with_its_border_and_after_a_pause(
    client, bench, clock, campaign, operations, work
):
    work(operations[1])

    view = client.campaign(campaign.id)
    assert (view.jobs, view.measured, view.suspect) == ({"queued": 1}, 4, 1)
    assert view.waiting_for.endswith("measured again from 2026-11-22T12:00:30 UTC on")
    assert client.lease(bench.lease_request()) is None

    clock.move(seconds=PAUSE_S)
    again = work()

    assert again.operations == (border_of(operations[1]), operations[1])
    after = client.campaign(campaign.id)
    assert (after.jobs, after.suspect, after.waiting_for) == ({"done": 1}, 0, None)


def test_after_three_sessions_it_stays_suspect_and_the_campaign_is_finished(
    client, bench, clock, campaign, operations, work
):
    for _ in range(3):
        work(operations[1])
        clock.move(seconds=PAUSE_S)

    view = client.campaign(campaign.id)
    assert view.finished
    assert (view.measured, view.suspect) == (4, 1)
    assert client.lease(bench.lease_request()) is None


def test_good_rounds_of_several_sessions_do_not_add_up(client, clock, campaign, operations, work):
    work(operations[1], good=2)
    clock.move(seconds=PAUSE_S)
    work(operations[1], good=2)

    assert client.campaign(campaign.id).jobs == {"queued": 1}
    assert client.campaign(campaign.id).suspect == 1


def test_what_shares_a_border_that_was_disturbed_is_measured_again_with_it(
    client, clock, campaign, operations, work
):
    border = border_of(operations[0])
    work(border)
    clock.move(seconds=PAUSE_S)

    assert work().operations == (border, operations[0])
    assert client.campaign(campaign.id).finished
    kinds = {entry.value_kind for entry in client.table(campaign.tables[0]).entries}
    assert kinds == {"measured"}


def test_a_late_report_does_not_take_the_job_from_who_holds_it_now(
    client, bench, clock, campaign, operations
):
    lost = client.lease(bench.lease_request("first"))
    clock.move(seconds=61)
    held = client.lease(bench.lease_request("second"))
    session = bench.session(dict.fromkeys(lost.operations, 30.0))

    client.report(Report(job_id=lost.job_id, session=disturbed(session, operations[0])))

    assert client.renew(held.id).job_id == held.job_id
    assert client.campaign(campaign.id).jobs == {"leased": 1}


@pytest.mark.usefixtures("campaign")
def test_a_report_sent_again_during_the_pause_does_not_prolong_it(client, bench, clock, operations):
    lease = client.lease(bench.lease_request())
    session = disturbed(bench.session(dict.fromkeys(lease.operations, 30.0)), operations[0])
    report = Report(job_id=lease.job_id, lease_id=lease.id, session=session)
    client.report(report)
    clock.move(seconds=PAUSE_S - 1)

    client.report(report)
    clock.move(seconds=1)

    assert client.lease(bench.lease_request()) is not None


def test_a_campaign_measures_again_what_the_table_holds_only_as_suspect(
    client, bench, clock, campaign, operations, work
):
    for _ in range(3):
        work(operations[1])
        clock.move(seconds=PAUSE_S)
    (table,) = client.tables()
    kinds = {entry.operation: entry.value_kind for entry in client.table(table.name).entries}

    second = client.start_campaign(bench.campaign(operations, name="again"))

    assert kinds[operations[1]] == "suspect"
    assert kinds[operations[0]] == "measured"
    assert second.already_measured == 2
    assert work().operations == (border_of(operations[1]), operations[1])
    assert client.campaign(second.id).finished
