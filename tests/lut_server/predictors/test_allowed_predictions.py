"""What is missing is predicted for whoever allows it, and for nobody else."""

import pytest

from profiler.operations import ForeignOperation, operation_key

pytestmark = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def missing(bench):
    return bench.operation(100)


def law_us(operation):
    return 3.0 + 0.002 * operation.channels_in**2


def test_an_operation_without_a_row_is_predicted_with_an_interval_and_its_origin(
    client, table, missing
):
    (entry,) = client.entries(table.name, operations=[missing], allow=["predicted"]).entries

    assert (entry.operation, entry.value_kind) == (missing, "predicted")
    assert entry.latency_us == pytest.approx(law_us(missing), rel=0.1)
    assert entry.low_us < entry.latency_us < entry.high_us
    assert entry.origin.source == f"{table.name}@{table.version}"


def test_it_stays_missing_for_whoever_does_not_allow_it(client, table, missing):
    for allow in ([], ["transferred"]):
        answer = client.entries(table.name, operations=[missing], allow=allow)

        assert (answer.entries, answer.missing) == ((), (operation_key(missing),))


def test_keys_and_operations_are_answered_in_the_order_asked_each_once(
    client, bench, table, missing
):
    known = [operation_key(bench.operation(channels)) for channels in (16, 8)]

    answer = client.entries(
        table.name, known, operations=[missing, bench.operation(8)], allow=["predicted"]
    )

    assert [entry.key for entry in answer.entries] == [*known, operation_key(missing)]


def test_what_cannot_be_predicted_stays_missing_and_is_named(client, bench, table):
    network = bench.network(1)

    answer = client.entries(table.name, operations=[network], allow=["predicted"])

    assert (answer.entries, answer.missing) == ((), (operation_key(network),))


def test_too_few_rows_leave_everything_missing(client, measure, missing):
    table = measure(8)

    answer = client.entries(table.name, operations=[missing], allow=["predicted"])

    assert answer.missing == (operation_key(missing),)
    assert client.table(table.name, allow=["predicted"]).version == table.version


def test_a_whole_table_is_filled_with_what_campaigns_asked_for(client, bench, table, missing):
    before = client.table(table.name, allow=["predicted"])
    client.start_campaign(bench.campaign([missing]))

    after = client.table(table.name, allow=["predicted"])

    assert before.version == table.version
    assert after.by_key[operation_key(missing)].value_kind == "predicted"
    assert client.table(table.name).version == table.version
    assert client.table_version(table.name, after.version) == after
    by_key = client.entries(table.name, [operation_key(missing)], allow=["predicted"])
    assert by_key.missing == ()


def test_what_cannot_run_there_is_not_predicted(client, bench, table, missing):
    from lut_server.wire import Report

    client.start_campaign(bench.campaign([missing]))
    assert operation_key(missing) in client.table(table.name, allow=["predicted"]).by_key

    client.report(Report(session=bench.session({}, gaps=[missing])))

    assert operation_key(missing) not in client.table(table.name, allow=["predicted"]).by_key
    answer = client.entries(table.name, operations=[missing], allow=["predicted"])
    assert answer.missing == (operation_key(missing),)


def test_an_estimate_counts_predicted_rows_and_says_so(client, bench, table, missing):
    rows = [bench.operation(8), bench.operation(16), missing]

    without = client.estimate(table.name, rows)
    found = client.estimate(table.name, rows, allow=["predicted"])

    assert (without.latency_us, without.missing) == (None, (operation_key(missing),))
    assert found.value_kinds == {"measured": 2, "predicted": 1}
    assert "1 of 3 rows are predicted" in found.doubts
    assert found.latency_us == pytest.approx(sum(map(law_us, rows)), rel=0.1)
    measured = client.estimate(table.name, rows[:2])
    assert found.high_us - found.low_us > measured.high_us - measured.low_us
    assert found.table_version == table.version


def test_an_estimate_of_a_network_predicts_its_parts(client, bench, table):
    network = bench.network(1)

    found = client.estimate(table.name, network, allow=["predicted"])

    parts = len(tuple(network.parts()))
    assert found.missing == ()
    assert found.value_kinds["predicted"] == parts - found.value_kinds.get("measured", 0)


def test_neither_keys_nor_operations_is_no_question(http, table):
    answer = http.post(f"/v1/tables/{table.name}/entries", json={})

    assert answer.status_code == 422
    assert "name keys, or operations" in answer.json()["detail"]


def test_a_foreign_operation_with_no_reading_is_predicted_or_named_never_an_error(client, table):
    foreign = ForeignOperation(format="theirs", name="conv-3-17")

    answer = client.entries(table.name, operations=[foreign], allow=["predicted"])

    assert len(answer.entries) + len(answer.missing) == 1
