"""Reports: nothing that was measured is lost, nothing is counted twice."""

from dataclasses import replace

import pytest

from lut_server.wire import Report
from profiler.errors import ServerRefused
from profiler.operations import operation_key

pytestmark = [
    pytest.mark.usefixtures("registered"),
    pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True),
]


def test_receiving_a_report_twice_stores_it_once(client, bench):
    report = Report(session=bench.session(bench.measured(bench.operation())))
    first = client.report(report)
    (before,) = client.tables()

    second = client.report(report)

    assert (first.stored, first.duplicates) == (2, 0)
    assert (second.stored, second.duplicates) == (0, 2)
    assert client.tables() == (before,)


def test_a_duplicate_report_does_not_make_the_table_be_computed_again(http, client, bench):
    report = Report(session=bench.session(bench.measured(bench.operation())))
    client.report(report)
    name = client.tables()[0].name
    server = http.app.state.server

    before = server.shelf.current(name)
    client.report(report)

    assert server.shelf.current(name) is before


def test_a_measurement_cannot_be_changed_by_sending_it_again(client, bench):
    session = bench.session(bench.measured(bench.operation()))
    client.report(Report(session=session))
    forged = replace(
        session,
        measurements=tuple(
            replace(bench.measurement(m.operation, 1.0), id=m.id) for m in session.measurements
        ),
    )

    receipt = client.report(Report(session=forged))

    kept = client.measurement(session.measurements[0].id).session.measurements[0]
    assert receipt.duplicates == 2
    assert kept == session.measurements[0]


def test_one_id_twice_in_one_report_is_one_measurement(client, bench):
    measurement = bench.measurement(bench.network(1), 100.0)
    session = bench.session({}, measurements=(measurement, measurement))

    receipt = client.report(Report(session=session))

    assert (receipt.stored, receipt.duplicates) == (1, 1)


def test_a_report_without_a_job_is_welcome(client, bench):
    operation = bench.operation()

    client.report(Report(session=bench.session(bench.measured(operation, latency_us=30.0))))

    (view,) = client.tables()
    assert client.table(view.name).latency_us(operation) == pytest.approx(10.0)


def test_a_full_report_after_the_lease_was_lost_still_ends_the_job(client, bench, clock):
    operation = bench.operation()
    campaign = client.start_campaign(bench.campaign([operation]))
    lost = client.lease(bench.lease_request("slow"))
    clock.move(seconds=61)
    client.lease(bench.lease_request("other"))

    session = bench.session(bench.measured(operation))
    receipt = client.report(Report(job_id=lost.job_id, lease_id=lost.id, session=session))

    assert receipt.stored == 2
    assert client.campaign(campaign.id).jobs == {"done": 1}


def test_two_agents_that_measured_one_job_are_both_kept_and_counted_once(client, bench):
    operation = bench.operation()
    campaign = client.start_campaign(bench.campaign([operation]))
    lease = client.lease(bench.lease_request())
    reports = [
        Report(
            job_id=lease.job_id,
            lease_id=lease.id,
            session=bench.session(bench.measured(operation)),
        )
        for _ in range(2)
    ]

    receipts = [client.report(report) for report in reports]

    view = client.campaign(campaign.id)
    assert [receipt.stored for receipt in receipts] == [2, 2]
    assert (view.measured, view.jobs) == (2, {"done": 1})
    assert len(client.sessions(view.tables[0])) == 2


def test_part_of_a_job_is_kept_and_the_job_goes_on(client, bench):
    operation = bench.operation()
    campaign = client.start_campaign(bench.campaign([operation, bench.network(1)]))
    lease = client.lease(bench.lease_request())

    session = bench.session(bench.measured(operation))
    client.report(Report(job_id=lease.job_id, lease_id=lease.id, session=session))
    client.give_back(lease.id)

    view = client.campaign(campaign.id)
    assert (view.measured, view.jobs) == (2, {"queued": 1})


def test_a_report_of_a_job_this_server_never_had_is_kept(client, bench):
    session = bench.session(bench.measured(bench.operation()))

    receipt = client.report(Report(job_id="of-an-older-server", session=session))

    assert receipt.stored == 2
    assert client.measurement(session.measurements[0].id).job_id is None


def test_a_report_of_an_unknown_device_is_told_to_register(client, bench):
    bench.device = replace(bench.device, fingerprint="unknown")
    session = bench.session(bench.measured(bench.operation()))

    with pytest.raises(ServerRefused, match="register it") as refusal:
        client.report(Report(session=session))

    assert refusal.value.status == 409
    client.register(bench.registration())
    assert client.report(Report(session=session)).stored == 2


def test_a_report_for_a_job_of_another_environment_is_a_conflict(client, bench):
    client.start_campaign(bench.campaign([bench.operation()]))
    lease = client.lease(bench.lease_request())
    bench.environment = replace(bench.environment, threads=2)
    session = bench.session(bench.measured(bench.operation()))

    with pytest.raises(ServerRefused, match="another device or environment") as refusal:
        client.report(Report(job_id=lease.job_id, session=session))

    assert refusal.value.fields["type"] == "report-conflict"
    assert client.tables() == ()


def test_a_number_is_followed_to_its_samples_and_their_circumstances(client, bench):
    operation = bench.operation()
    session = bench.session(bench.measured(operation))
    client.report(Report(session=session))
    (view,) = client.tables()
    entry = client.table(view.name).by_key[operation_key(operation)]

    found = client.measurement(entry.measurement_ids[0])

    assert found.table == view.name
    assert found.session == replace(session, measurements=(session.measurements[1],))
    assert found.session.measurements[0].rounds[0].samples_us == (30.0, 30.0, 30.0)


def test_the_sessions_of_a_table_come_back_as_they_were_reported(client, bench):
    session = bench.session(bench.measured(bench.operation()), gaps=[bench.network(1)])
    client.report(Report(session=session))
    (view,) = client.tables()

    assert client.sessions(view.name) == (session,)


def test_an_unknown_measurement_is_named(client):
    with pytest.raises(ServerRefused, match="no measurement has id 'nothing'") as refusal:
        client.measurement("nothing")

    assert refusal.value.status == 404
