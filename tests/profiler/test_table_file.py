"""Tables as files: what is read is what was written, or an error that names the file."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from profiler.device import Environment
from profiler.errors import RunInvalid, TableInvalid
from profiler.operations import Concat, Head
from profiler.table import Entry, Table
from profiler.table_file import load_table, save_table

TABLE = Table(
    device_model="board",
    environment=Environment(
        runtime="onnxruntime", runtime_version="1", provider="CPU", options=("a=b",)
    ),
    entries=tuple(
        Entry(operation=operation, latency_us=3.5, low_us=3.0, high_us=4.0, samples=9)
        for operation in (
            Concat(channels=(4, 8), height=8, width=8),
            Head(channels=4, height=8, width=8),
        )
    ),
)


def test_a_table_comes_back_equal_and_with_the_same_version(tmp_path):
    save_table(TABLE, tmp_path / "new" / "table.json")

    table = load_table(tmp_path / "new" / "table.json")

    assert table == TABLE
    assert table.version == TABLE.version


def test_an_absent_file_is_an_error_that_says_how_to_make_one(tmp_path):
    with pytest.raises(TableInvalid, match="hna profile --save"):
        load_table(tmp_path / "none.json")


def test_a_file_that_is_no_table_is_refused(tmp_path):
    path = tmp_path / "table.json"
    for text in ("", "[]", '{"format": 99}', '{"format": 2, "entries": 3}'):
        path.write_text(text)
        with pytest.raises(TableInvalid, match=r"table\.json"):
            load_table(path)


def test_a_number_changed_by_hand_is_noticed(tmp_path):
    path = tmp_path / "table.json"
    save_table(TABLE, path)
    document = json.loads(path.read_text())
    document["entries"][0]["latency_us"] = 0.1
    path.write_text(json.dumps(document))

    with pytest.raises(TableInvalid, match="changed"):
        load_table(path)


def test_a_table_that_cannot_be_written_is_an_error_that_names_the_file(tmp_path):
    (tmp_path / "taken").write_text("a file where a folder should be")

    with pytest.raises(RunInvalid, match=r"taken/table\.json could not be written"):
        save_table(TABLE, tmp_path / "taken" / "table.json")


def test_a_file_written_before_rows_told_their_kernels_can_be_read(tmp_path):
    path = tmp_path / "table.json"
    save_table(TABLE, path)
    document = json.loads(path.read_text())
    for entry in document["entries"]:
        del entry["kernels"]
    path.write_text(json.dumps(document))

    assert load_table(path) == TABLE


def test_kernels_are_part_of_the_version_where_they_are_known(tmp_path):
    first, second = TABLE.entries
    counted = replace(TABLE, entries=(replace(first, kernels=3), second))

    save_table(counted, tmp_path / "table.json")

    assert load_table(tmp_path / "table.json").entries[0].kernels == 3
    assert counted.version != TABLE.version
