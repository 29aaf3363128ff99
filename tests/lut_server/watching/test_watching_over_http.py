"""Numbers over time, over HTTP: timelines, alerts, and triage after an upgrade."""

from dataclasses import replace

import pytest

from lut_server.wire import HealthChange, HealthReport, Report, TriageRequest
from profiler.errors import EntryMissing, ServerRefused
from profiler.measuring.sentinels import SENTINELS
from profiler.operations import border_of

pytestmark = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def name(client, bench, registered):
    """A table of six operations."""
    for channels in range(8, 14):
        session = bench.session(bench.measured(bench.operation(channels)))
        client.report(Report(session=session))
    return client.tables()[0].name


def newer(bench):
    return replace(bench.environment, runtime_version="2.0.0")


def test_a_timeline_says_what_each_session_alone_says(client, bench, clock, name):
    operation = bench.operation(8)
    clock.move(seconds=60)
    session = bench.session(bench.measured(operation, 50.0))
    client.report(Report(session=session))

    timeline = client.timeline(name, operation)

    assert timeline.sessions == 2
    assert [point.entry.latency_us for point in timeline.points] == [10.0, 10.0]
    assert timeline.points[0].session_id == session.id
    assert timeline.points[0].device == bench.device.name
    assert timeline.points[0].software == session.software
    assert timeline.points[0].received_at > timeline.points[1].received_at


def test_a_session_without_the_border_has_no_row_of_its_own(client, bench, name):
    operation = bench.operation(8)
    client.report(Report(session=bench.session({operation: 25.0})))

    points = client.timeline(name, operation).points

    assert sorted(point.entry is None for point in points) == [False, True]


def test_an_operation_without_a_row_has_no_timeline(client, bench, name):
    with pytest.raises(EntryMissing, match="channels_in=99"):
        client.timeline(name, bench.operation(99))


def passes(client, bench, clock, latencies_us):
    for us in latencies_us:
        clock.move(seconds=600)
        session = bench.session(dict.fromkeys(SENTINELS.values(), us))
        client.report_health(bench.device.fingerprint, HealthReport(session=session))


def test_a_device_that_ages_raises_an_alert_until_a_person_says_it_is_good(
    client, bench, clock, registered
):
    passes(client, bench, clock, [100.0 * 1.012**index for index in range(40)])

    alerts = client.alerts()

    assert {alert.sentinel for alert in alerts} == set(SENTINELS)
    assert {alert.kind for alert in alerts} == {"drift"}
    assert all(alert.ratio > 1.3 and alert.low > 1.0 for alert in alerts)
    assert "measure them again" in alerts[0].message

    change = HealthChange(health="good", reason="new thermal paste")
    client.change_health(bench.device.fingerprint, change)

    assert client.alerts() == ()


def test_a_device_that_moved_at_once_is_an_alert_and_a_retired_one_is_none(
    client, bench, clock, registered
):
    passes(client, bench, clock, [100.0] * 8 + [300.0])

    (alert,) = client.alerts()
    assert (alert.kind, alert.device) == ("moved", bench.device.name)

    change = HealthChange(health="retired", reason="burnt")
    client.change_health(bench.device.fingerprint, change)
    assert client.alerts() == ()


def test_triage_measures_then_transfers_what_is_left_and_says_who(http, client, bench, name):
    request = TriageRequest(after=newer(bench), batch=2)

    while asked := client.triage(name, request).next:
        latencies = {}
        for operation in asked:
            latencies |= bench.measured(operation) if border_of(operation) else {operation: 20.0}
        session = replace(bench.session(latencies), environment=request.after)
        client.register(bench.registration(environments=(bench.environment, request.after)))
        client.report(Report(session=session))
    receipt = client.transfer(name, request)

    kinds = [e.value_kind for e in client.table(receipt.table, allow=["transferred"]).entries]
    before = client.table(name).entries
    assert receipt.transferred == kinds.count("transferred") > 0
    assert len(kinds) == len(before)
    default = client.table(receipt.table).entries
    assert {entry.value_kind for entry in default} == {"measured"}
    (noted, *_) = http.get("/v1/audit").json()
    assert (noted["action"], noted["subject"]) == ("transfer_entries", name)


def test_nothing_is_transferred_while_something_is_to_be_measured(client, bench, name):
    with pytest.raises(ServerRefused, match="still to be measured") as refusal:
        client.transfer(name, TriageRequest(after=newer(bench)))

    assert refusal.value.fields["type"] == "triage-unfinished"


def test_a_table_is_not_compared_with_itself(client, bench, name):
    with pytest.raises(ServerRefused, match="before and after"):
        client.triage(name, TriageRequest(after=bench.environment))
