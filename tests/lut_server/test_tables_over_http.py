"""Tables: whole in one conditional request, by key in bulk."""

from dataclasses import replace

import pytest

from lut_server.wire import Report
from profiler.errors import ServerRefused
from profiler.operations import border_of, operation_key

pytestmark = [
    pytest.mark.usefixtures("registered"),
    pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True),
]


@pytest.fixture
def table(client, bench):
    client.report(Report(session=bench.session(bench.measured(bench.operation()))))
    return client.tables()[0]


def test_a_row_is_the_operation_less_its_border(client, bench, table):
    entries = client.table(table.name).by_key

    entry = entries[operation_key(bench.operation())]
    assert (entry.latency_us, entry.border_us) == (10.0, 20.0)
    assert entries[operation_key(border_of(bench.operation()))].latency_us == 20.0


def test_an_operation_without_its_border_has_no_row_yet(client, bench):
    session = bench.session({bench.operation(): 30.0})

    client.report(Report(session=session))

    assert client.tables()[0].entries == 0


def test_the_tag_is_the_version_of_the_table(http, table):
    response = http.get(f"/v1/tables/{table.name}", headers={"accept-encoding": "identity"})

    assert response.headers["etag"] == f'"{table.version}"'


def test_an_unchanged_table_costs_no_bytes(http, table):
    first = http.get(f"/v1/tables/{table.name}")
    again = http.get(f"/v1/tables/{table.name}", headers={"if-none-match": first.headers["etag"]})

    assert (first.status_code, again.status_code) == (200, 304)
    assert len(first.content) > 500
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]


def test_a_compressed_table_is_smaller_and_the_same(http, table):
    plain = http.get(f"/v1/tables/{table.name}", headers={"accept-encoding": "identity"})
    compressed = http.get(f"/v1/tables/{table.name}", headers={"accept-encoding": "gzip"})

    sent = int(compressed.headers["content-length"])
    assert compressed.headers["content-encoding"] == "gzip"
    assert sent < len(plain.content) / 2
    assert compressed.content == plain.content
    assert compressed.headers["etag"] != plain.headers["etag"]


def test_whoever_refuses_gzip_is_sent_none(http, table):
    response = http.get(f"/v1/tables/{table.name}", headers={"accept-encoding": "gzip;q=0"})

    assert "content-encoding" not in response.headers


def test_the_client_keeps_a_table_it_already_has(client, bench, table):
    first = client.table(table.name)

    assert client.table(table.name) is first

    client.report(Report(session=bench.session(bench.measured(bench.operation(16)))))
    later = client.table(table.name)
    assert later.version != first.version
    assert len(later.entries) == 4


def test_a_table_survives_the_way_over_the_wire(client, table):
    received = client.table(table.name)

    assert (received.name, received.version) == (table.name, table.version)


def test_a_query_by_key_names_what_is_missing(client, bench, table):
    known = operation_key(bench.operation())

    answer = client.entries(table.name, [known, "head/of=nothing", known])

    assert [entry.key for entry in answer.entries] == [known]
    assert answer.missing == ("head/of=nothing",)
    assert answer.version == table.version


def test_an_unknown_table_is_named(client):
    with pytest.raises(ServerRefused, match="there is no table 'nowhere@x-1'") as refusal:
        client.table("nowhere@x-1")

    assert refusal.value.status == 404
    assert refusal.value.fields["type"] == "table-unknown"


def test_a_table_says_that_its_device_is_simulated(client, bench):
    bench.device = replace(bench.device, fingerprint="51", model="simulated-a", simulated=True)
    client.register(bench.registration())

    client.report(Report(session=bench.session(bench.measured(bench.operation()))))

    (view,) = client.tables()
    assert view.simulated
    assert client.table(view.name).simulated


def test_each_environment_has_a_table_of_its_own(client, bench, table):
    bench.environment = replace(bench.environment, threads=2)

    client.report(Report(session=bench.session(bench.measured(bench.operation()))))

    assert len({view.name for view in client.tables()} | {table.name}) == 2
