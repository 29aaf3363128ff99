"""Files of other projects, given to tables of a server."""

import gzip
import json

import pytest

from lut_server.wire import ImportQuery, Report
from profiler.errors import ServerRefused
from profiler.formats import write_tables
from profiler.operations import operation_key

EVERY = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
SAID = {"device_model": "a-phone", "runtime": "tflite", "unit": "ms"}
FLAT = {"conv-a": 1.5, "conv-b": 2.5}


def flat(rows) -> bytes:
    return json.dumps(rows, indent=0).encode()


def query(**said) -> ImportQuery:
    return ImportQuery(**({"source": "lut.json"} | SAID | said))


@EVERY
def test_a_file_becomes_a_table_that_can_be_read_and_exported_to_the_byte(client):
    data = flat(FLAT)

    receipt = client.import_tables(data, query())

    (made,) = receipt.imports
    assert receipt.new == 1
    assert (made.rows, made.format, made.source, made.dropped) == (2, "fasterseg", "lut.json", ())
    table = client.table(made.table)
    assert {e.operation.name: e.latency_us for e in table.entries} == {
        "conv-a": 1500,
        "conv-b": 2500,
    }
    assert all(entry.value_kind == "imported" for entry in table.entries)
    assert table.entries[0].origin.sha256 == made.sha256
    assert write_tables([table], "fasterseg").data == data


@EVERY
def test_the_same_file_twice_is_one_import(client):
    first = client.import_tables(flat(FLAT), query())

    again = client.import_tables(flat(FLAT), query())

    assert again.new == 0
    assert again.imports == first.imports
    assert client.imports(first.imports[0].table) == first.imports


def test_the_same_file_in_another_unit_is_another_import_and_its_rows_stand(client):
    client.import_tables(flat(FLAT), query(unit="ms"))

    receipt = client.import_tables(flat(FLAT), query(unit="us"))

    name = receipt.imports[0].table
    assert receipt.new == 1
    assert [entry.latency_us for entry in client.table(name).entries] == [1.5, 2.5]
    assert len(client.imports(name)) == 2


@EVERY
def test_rows_that_cannot_be_right_refuse_the_file_until_somebody_says_what_to_do(client):
    data = flat({**FLAT, "broken": -0.5})

    with pytest.raises(
        ServerRefused, match=r"1 of 3 rows .*--drop-errors.*--keep-errors"
    ) as refused:
        client.import_tables(data, query())

    assert refused.value.status == 422
    assert client.tables() == ()
    dropped = client.import_tables(data, query(errors="drop")).imports[0]
    assert dropped.rows == 2
    assert len(dropped.dropped) == 1
    assert "broken" in dropped.dropped[0]
    assert any(f.severity == "error" for f in dropped.findings)
    kept = client.import_tables(data, query(errors="keep")).imports[0]
    assert (kept.rows, kept.dropped) == (3, ())
    assert min(entry.latency_us for entry in client.table(kept.table).entries) == -500


@EVERY
def test_what_was_measured_here_stands_and_an_import_fills_gaps_only(client, bench, registered):
    operation = bench.operation()
    client.report(Report(session=bench.session(bench.measured(operation))))
    name = client.tables()[0].name
    mine = client.table(name)
    other = bench.operation(16)
    elsewhere = write_tables([_with(mine, operation, 999.0, other, 77.0)], "jsonl").data

    receipt = client.import_tables(elsewhere, ImportQuery(source="theirs.jsonl"))

    assert receipt.imports[0].table == name
    table = client.table(name)
    assert table.by_key[operation_key(operation)] == mine.by_key[operation_key(operation)]
    filled = table.by_key[operation_key(other)]
    assert (filled.latency_us, filled.value_kind) == (77.0, "imported")
    assert filled.origin.source == "theirs.jsonl"


def _with(table, operation, latency_us, other, other_us):
    from dataclasses import replace

    changed = replace(
        table.by_key[operation_key(operation)],
        latency_us=latency_us,
        low_us=latency_us,
        high_us=latency_us,
    )
    new = replace(changed, operation=other, latency_us=other_us, low_us=other_us, high_us=other_us)
    return replace(table, entries=(changed, new))


def test_a_file_that_names_its_devices_becomes_a_table_for_each(client, data):
    path = data / "lut/aihub_models_perf_v0.47.csv.gz"
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    few = gzip.compress(b"".join(lines[:13]))

    receipt = client.import_tables(few, ImportQuery(source=path.name))

    assert sum(made.rows for made in receipt.imports) == 12
    assert receipt.new == len(receipt.imports) == len(client.tables()) > 5
    tables = [client.table(made.table) for made in receipt.imports]
    assert write_tables(tables, "aihub").data == b"".join(lines[:13])


def test_a_published_table_is_imported_with_what_the_linter_says_of_it(client, data):
    path = data / "lut/proxyless_mobile_trim.yaml"

    (made,) = client.import_tables(path.read_bytes(), query(source=path.name, unit=None)).imports

    assert made.rows == 73
    assert made.findings
    assert write_tables([client.table(made.table)], "proxylessnas").data == path.read_bytes()


def test_a_file_without_an_identity_says_what_to_say(client):
    with pytest.raises(ServerRefused, match="--device-model") as refused:
        client.import_tables(flat(FLAT), ImportQuery(source="lut.json", unit="ms"))

    assert refused.value.status == 422


def test_a_file_of_no_known_format_is_refused_with_what_was_tried(client):
    with pytest.raises(ServerRefused, match="tried parquet, jsonl"):
        client.import_tables(b"\x00\x01", query())


def test_nothing_of_a_file_is_stored_where_one_of_its_tables_is_refused(client):
    data = json.dumps({"cpu": {"a": {"1": 1.0}}, "gpu": {"a": {"1": -1.0}}}).encode()

    with pytest.raises(ServerRefused, match="cannot be right"):
        client.import_tables(data, query(unit=None))

    assert client.tables() == ()


def test_real_numbers_do_not_join_a_table_of_made_up_ones(client, table):
    from dataclasses import replace

    simulated = write_tables([replace(table, simulated=True)], "jsonl").data
    client.import_tables(simulated, ImportQuery(source="a", errors="keep"))

    with pytest.raises(ServerRefused, match="is simulated and what is imported of real hardware"):
        client.import_tables(
            write_tables([table], "jsonl").data, ImportQuery(source="b", errors="keep")
        )


def test_imports_of_a_table_nobody_knows_are_refused(client):
    with pytest.raises(ServerRefused, match="there is no table 'nothing@here'"):
        client.imports("nothing@here")


@pytest.mark.parametrize("field", ["unit", "errors", "threads", "nonsense"])
def test_a_query_that_cannot_be_is_refused_before_the_file_is_read(http, field):
    answer = http.post(f"/v1/tables/imports?{field}=-x", content=b"{}")

    assert answer.status_code == 422
    assert answer.json()["type"] == "request-invalid"


def test_entries_of_an_import_are_found_by_key(client):
    name = client.import_tables(flat(FLAT), query()).imports[0].table
    (entry, _) = client.table(name).entries

    answer = client.entries(name, [entry.key])

    assert answer.entries == (entry,)
    assert answer.missing == ()


@EVERY
@pytest.mark.parametrize("name", ["../etc", "a\x00b", "a/b"])
def test_a_table_of_ours_whose_device_cannot_be_in_an_address_is_refused(client, table, name):
    from dataclasses import replace

    data = write_tables([replace(table, device_model=name)], "jsonl").data

    with pytest.raises(ServerRefused, match="cannot name a table") as refused:
        client.import_tables(data, ImportQuery(source="a", errors="keep"))

    assert refused.value.status == 422


@pytest.mark.parametrize("source", ["a%00b", "a%0Ab", ""])
def test_a_file_name_that_cannot_be_printed_is_refused(http, source):
    answer = http.post(f"/v1/tables/imports?source={source}", content=b"{}")

    assert answer.json()["type"] == "request-invalid"
