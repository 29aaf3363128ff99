"""The published tables: read, and written again to the byte."""

import pytest

from profiler.formats import read_tables, write_tables
from profiler.formats.about import About

OURS = ("jsonl", "csv", "parquet")


@pytest.mark.parametrize(
    ("format", "tables", "entries"),
    [("proxylessnas", 1, 73), ("fasterseg", 1, 667), ("tfnas", 2, 72_962), ("aihub", 288, 8_139)],
)
def test_a_published_file_is_recognised_and_read_whole(published, format, tables, entries):
    file = published(format)

    assert file.format == format
    assert len(file.tables) == tables
    assert sum(len(table.entries) for table in file.tables) == entries
    assert len({table.name for table in file.tables}) == tables


@pytest.mark.parametrize("format", ["proxylessnas", "fasterseg", "tfnas", "aihub"])
def test_a_published_file_is_written_again_to_the_byte(published, format):
    file = published(format)

    written = write_tables(file.tables, format)

    assert written.data == file.plain


@pytest.mark.parametrize("format", ["proxylessnas", "fasterseg", "aihub"])
@pytest.mark.parametrize("ours", OURS)
def test_a_published_file_survives_every_format_of_ours(published, format, ours):
    file = published(format)
    written = write_tables(file.tables, ours)

    recognised, back = read_tables(written.data, About(source="ours"))

    assert recognised == ours
    assert back == file.tables
    assert written.lost == ()
    assert write_tables(back, ours).data == written.data
    assert write_tables(back, format).data == file.plain


def test_rows_say_where_they_came_from_and_claim_no_interval(published):
    table = published("proxylessnas").tables[0]
    (stem,) = (e for e in table.entries if e.operation.name.startswith("Conv-input"))

    assert stem.value_kind == "imported"
    assert stem.latency_us == pytest.approx(4083.755600814664)
    assert stem.samples == 982
    assert stem.interval_us is None
    assert stem.origin.format == "proxylessnas"
    assert stem.origin.source == "proxyless_mobile_trim.yaml"
    assert len(stem.origin.sha256) == 64
    assert '"var":0.2502372872758427' in stem.origin.row


def test_rows_of_tfnas_that_cannot_be_are_read_as_they_are_for_the_linter_to_see(published):
    entries = [entry for table in published("tfnas").tables for entry in table.entries]

    assert sum(entry.latency_us <= 0 for entry in entries) == 172
    assert {table.environment.provider for table in published("tfnas").tables} == {"cpu", "gpu"}


def test_networks_of_ai_hub_are_kept_apart_by_device_runtime_version_and_precision(published):
    tables = published("aihub").tables

    assert len({table.device_model for table in tables}) == 15
    assert len({table.environment.runtime for table in tables}) == 5
    assert {t.environment.precision for t in tables} == {"fp32", "int8"}
    first = next(t for t in tables if t.device_model == "samsung-galaxy-s25")
    assert any(o.startswith("source_precision=") for o in first.environment.options)
    assert all(entry.operation.name.count("/") == 1 for entry in first.entries)


@pytest.mark.parametrize("format", ["proxylessnas", "fasterseg"])
def test_a_table_of_which_a_row_was_left_out_is_written_without_it(published, format):
    from dataclasses import replace

    file = published(format)
    table = replace(file.tables[0], entries=file.tables[0].entries[1:])
    (gone,) = file.tables[0].entries[:1]

    written = write_tables((table,), format)

    assert gone.operation.name.encode() not in written.data
    _, (back,) = read_tables(written.data, About(source="x", device_model="m", runtime="r"))
    assert len(back.entries) == len(table.entries)
