"""What comes when its lease is over: counted if nobody else measured it, else only kept."""

from dataclasses import replace

import pytest

from lut_server.jobs.settling import superfluous
from lut_server.wire import Report
from profiler.measurement import Round
from profiler.operations import border_of, operation_digest

on_both = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def operations(bench):
    return [bench.operation(8), bench.operation(10)]


def sessions_of(client, campaign):
    """Return in how many sessions the table says each of its entries was measured."""
    return {entry.sessions for entry in client.table(campaign.tables[0]).entries}


@on_both
def test_a_late_report_counts_if_nobody_else_measured_it(client, boards, clock, operations):
    campaign = boards.campaign(operations)
    lost = boards.lease("left")
    clock.move(seconds=61)

    receipt = boards.report("left", lost, lost=True)

    assert (receipt.stored, receipt.ignored) == (4, 0)
    assert client.campaign(campaign.id).state == "finished"
    assert boards.lease("right") is None


@on_both
def test_a_late_report_of_what_another_measured_is_kept_and_moves_no_table(
    client, boards, clock, operations
):
    campaign = boards.campaign(operations)
    lost = boards.lease("left")
    clock.move(seconds=61)
    boards.report("right", boards.lease("right"), latency_us=30.0)
    before = client.tables()

    receipt = boards.report("left", lost, lost=True, latency_us=99.0)

    assert (receipt.stored, receipt.duplicates, receipt.ignored) == (4, 0, 4)
    assert client.tables() == before
    assert sessions_of(client, campaign) == {1}
    (kept,) = (s for s in client.sessions(campaign.tables[0]) if s.device.name == "left")
    assert kept.measurements[0].rounds[0].samples_us == (99.0,) * 3
    assert client.measurement(kept.measurements[0].id).job_id == lost.job_id


@on_both
def test_sent_again_a_report_that_counted_still_counts(client, boards, clock, operations):
    campaign = boards.campaign(operations)
    lost = boards.lease("left")
    clock.move(seconds=61)
    first = Report(job_id=lost.job_id, session=boards.session("left", lost.operations, 30.0))
    client.report(first)
    boards.report("right", lost, lost=True, latency_us=99.0)
    before = client.table(campaign.tables[0])

    receipt = client.report(first)

    assert (receipt.stored, receipt.duplicates, receipt.ignored) == (0, 4, 0)
    assert client.table(campaign.tables[0]) == before
    assert sessions_of(client, campaign) == {1}


@on_both
def test_who_holds_the_job_is_not_counted_either_for_what_came_late_meanwhile(
    client, boards, clock, operations
):
    campaign = boards.campaign(operations)
    lost = boards.lease("left")
    clock.move(seconds=61)
    held = boards.lease("right")
    measured = [border_of(operations[0]), operations[0]]

    boards.report("left", lost, measured, lost=True)
    receipt = boards.report("right", held)

    assert (receipt.stored, receipt.ignored) == (4, 2)
    assert client.campaign(campaign.id).state == "finished"
    assert sessions_of(client, campaign) == {1}


@on_both
def test_a_gap_on_one_board_does_not_silence_the_board_that_can(client, boards, clock, bench):
    fails_there = bench.network(1)
    campaign = boards.campaign([fails_there])
    lost = boards.lease("left")
    clock.move(seconds=61)
    held = boards.lease("right")
    gap = bench.session({}, gaps=[fails_there], device=boards.devices["right"])
    client.report(Report(job_id=held.job_id, lease_id=held.id, session=gap))

    receipt = boards.report("left", lost, lost=True)

    assert (receipt.stored, receipt.ignored) == (1, 0)
    view = client.campaign(campaign.id)
    assert (view.measured, view.gaps) == (1, 0)


@on_both
def test_what_others_disturbed_is_not_measured_yet_so_a_late_report_counts(
    client, boards, clock, operations
):
    campaign = boards.campaign(operations[:1])
    lost = boards.lease("left")
    clock.move(seconds=61)
    held = boards.lease("right")
    session = boards.session("right", held.operations)
    spoilt = Round(samples_us=(50.0, 51.0), state="contended")
    disturbed = replace(
        session, measurements=tuple(replace(m, rounds=(spoilt,) * 4) for m in session.measurements)
    )
    client.report(Report(job_id=held.job_id, lease_id=held.id, session=disturbed))

    receipt = boards.report("left", lost, lost=True)

    assert receipt.ignored == 0
    assert client.campaign(campaign.id).state == "finished"
    kinds = {entry.value_kind for entry in client.table(campaign.tables[0]).entries}
    assert kinds == {"measured"}


def test_a_border_of_what_is_still_wanted_is_wanted_again(bench):
    near, far = bench.operation(8), bench.operation(10)
    job = [border_of(near), near, border_of(far), far]
    digests = [operation_digest(operation) for operation in job]

    assert superfluous(job, []) == set()
    assert superfluous(job, [{digests[0]: 3, digests[1]: 3}]) == set(digests[:2])
    assert superfluous(job, [{digests[0]: 3, digests[1]: 0}]) == set()
    assert superfluous(job, [{digests[0]: 0, digests[1]: 3}]) == set()
    assert superfluous(job, [dict.fromkeys(digests, 3)]) == set(digests)
