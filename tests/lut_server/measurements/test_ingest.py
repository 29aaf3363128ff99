"""How reports are read and stored: as they were sent, in a few statements, settled at once."""

import json
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import event, text

from lut_server.documents import JsonText, to_document, to_json, write_json
from lut_server.jobs.settling import settled_at_once
from lut_server.models import MeasurementRow
from lut_server.wire import Report
from profiler.errors import HnaError
from profiler.measurement import Build, Energy, EnergyWindow, Measurement, Round

JSON = {"content-type": "application/json"}


@pytest.fixture
def database(http):
    return http.app.state.server.database


@contextmanager
def statements(database):
    """Collect what writing transactions execute; one statement for many rows is one."""
    seen = []

    def note(connection, cursor, statement, parameters, context, many):
        seen.append((statement.split()[0], many))

    engine = database._engines[1]
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
class TestReports:
    """Holds on both databases."""

    def test_a_document_is_stored_as_the_value_it_was_sent_as(self, client, bench, database):
        session = bench.session(bench.measured(bench.operation()), gaps=[bench.network(1)])
        odd = replace(
            session.measurements[0],
            rounds=(Round(samples_us=(0.1 + 0.2, 1e-300, 1.7976931348623157e308)),) * 3,
            build=Build(id="µs, 中", seconds=0.5, layers=("\N{SNOWMAN}", 'a "quoted" \\ one')),
        )
        client.report(Report(session=replace(session, measurements=(odd,))))

        with database.reading() as transaction:
            row = transaction.get(MeasurementRow, odd.id)
            document, stored = row.document, client.measurement(odd.id).session.measurements[0]

        assert document == to_document(odd)
        assert stored == odd

    def test_ten_times_the_measurements_take_no_more_statements(self, client, bench, database):
        def statements_for(count):
            operations = [bench.network(index) for index in range(1, count + 1)]
            session = bench.session(dict.fromkeys(operations, 100.0), gaps=operations[:3])
            with statements(database) as seen:
                client.report(Report(session=session))
            return seen

        statements_for(1)  # the first report also makes the table
        few = statements_for(5)

        assert statements_for(50) == few
        assert few.count(("INSERT", True)) == 2

    def test_measurements_of_a_second_report_follow_those_of_the_first(self, client, bench):
        first, second = bench.network(1), bench.network(2)
        session = bench.session({first: 10.0})
        more = replace(session, measurements=bench.session({second: 20.0}).measurements)

        client.report(Report(session=session))
        client.report(Report(session=more))

        (view,) = client.tables()
        (whole,) = client.sessions(view.name)
        assert [m.operation for m in whole.measurements] == [first, second]

    def test_a_gap_reported_again_is_one_gap(self, client, bench):
        session = bench.session({bench.network(2): 5.0}, gaps=[bench.network(1)] * 2)

        client.report(Report(session=session))
        client.report(Report(session=session))

        (view,) = client.tables()
        assert len(client.sessions(view.name)[0].gaps) == 1


@pytest.mark.parametrize(
    "body",
    [b'{"session": ', b"[" * 100_000, b'{"session": \xff}', b"", b"nothing"],
    ids=["cut off", "too deep", "not UTF-8", "empty", "no JSON"],
)
def test_a_body_that_cannot_be_read_is_the_requests_fault(http, registered, body):
    answer = http.post("/v1/reports", content=body, headers=JSON)

    assert answer.status_code == 422
    assert answer.json()["type"] == "request-invalid"


def test_what_is_wrong_in_a_report_is_named_with_its_place(http, registered, bench):
    session = bench.session({bench.network(1): 5.0})
    document = Report(session=session).model_dump(mode="json")
    document["session"]["measurements"][0]["warmups"] = "many"

    answer = http.post("/v1/reports", json=document)

    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["where"] == "body.session.measurements.0.warmups"


@pytest.mark.parametrize("impossible", ["0.0", "-1.0", "1e999", "NaN", "Infinity"])
def test_an_impossible_latency_is_refused(http, registered, bench, impossible):
    session = bench.session({bench.network(1): 5.0})
    body = Report(session=session).model_dump_json().replace("[5.0,5.0,5.0]", f"[5.0,{impossible}]")

    answer = http.post("/v1/reports", content=body, headers=JSON)

    assert answer.status_code == 422
    assert "us is impossible" in answer.json()["detail"]


def test_samples_whose_sum_is_no_number_any_more_are_possible():
    huge = 1.7e308

    Measurement(
        id="m",
        operation={"kind": "anything"},
        rounds=(Round(samples_us=(huge, huge)),),
        warmups=1,
        inner_loops=1,
        stop_reason="noise",
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda bad: Energy(
            rail="r", windows=(EnergyWindow(executions=1, seconds=1.0, joules=bad),)
        ),
        lambda bad: EnergyWindow(executions=1, seconds=bad, joules=1.0),
        lambda bad: Build(id="b", seconds=bad),
    ],
)
@pytest.mark.parametrize("bad", [float("inf"), float("nan")])
def test_numbers_json_has_no_word_for_are_refused_where_they_are_made(make, bad):
    with pytest.raises(HnaError, match=r"inf|nan"):
        make(bad)


def test_text_is_written_as_it_is_and_values_as_json(bench):
    measurement = bench.measurement(bench.network(1), 5.0)

    assert write_json(to_json(measurement)) == to_json(measurement)
    assert isinstance(to_json(measurement), JsonText)
    assert json.loads(to_json(measurement)) == to_document(measurement)
    assert write_json({"a": "b"}) == '{"a": "b"}'


@pytest.mark.parametrize(
    ("sessions", "settled"),
    [
        ([{"a": 3, "b": 3}], True),
        ([{"a": 3, "b": 3, "more": 9}], True),
        ([{"a": 3}, {"a": 3, "b": 4}], True),
        ([{"a": 3}, {"b": 3}], False),
        ([{"a": 3, "b": 2}], False),
        ([{"a": 3, "b": 3, "border": 1}], False),
        ([{}], False),
        ([], False),
    ],
)
def test_a_job_is_settled_at_once_by_one_session_without_a_disturbance(sessions, settled):
    assert settled_at_once({"a", "b"}, sessions) is settled


@pytest.mark.usefixtures("registered")
def test_a_job_measured_whole_is_done_without_reading_its_operations(client, bench, database):
    operation = bench.operation()
    campaign = client.start_campaign(bench.campaign([operation]))
    lease = client.lease(bench.lease_request())
    with database.writing() as transaction:
        transaction.execute(text("UPDATE job_operations SET document = '{}'"))

    session = bench.session(bench.measured(operation))
    client.report(Report(job_id=lease.job_id, lease_id=lease.id, session=session))

    assert client.campaign(campaign.id).jobs == {"done": 1}
