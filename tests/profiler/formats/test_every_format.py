"""What every format keeps: rows written and read again, to the byte where it is canonical."""

import json
from dataclasses import replace

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from profiler.errors import TableInvalid
from profiler.formats import FORMATS, format_of_suffix, read_tables, recognise, write_tables
from profiler.formats.about import About
from profiler.table import Quantity

SAID = {"device_model": "a-phone", "runtime": "tflite"}
NAMES = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF, categories=("L", "N", "P")),
    min_size=1,
    max_size=150,
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e6, max_value=1e6)
ROWS = st.dictionaries(NAMES, NUMBERS, min_size=1, max_size=12)
SHAPES = st.lists(st.lists(st.integers(1, 999), min_size=1, max_size=4), max_size=3)


def about(**said) -> About:
    return About(source="a file", **(SAID | said))


def written_again(data: bytes, format: str, **said: str) -> bytes:
    name, tables = read_tables(data, about(**said), format)
    return write_tables(tables, name).data


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_any_flat_table_of_milliseconds_comes_back_to_the_byte(rows):
    data = json.dumps(rows, indent=0).encode()

    assert written_again(data, "fasterseg", unit="ms") == data


@given(st.dictionaries(NAMES, st.tuples(st.integers(1, 9_999), NUMBERS, NUMBERS), min_size=1))
@settings(max_examples=60, deadline=None)
def test_any_table_of_proxylessnas_comes_back_to_the_byte(rows):
    document = {
        name: dict(zip(("count", "mean", "var"), row, strict=True)) for name, row in rows.items()
    }
    data = yaml.safe_dump(document).encode()

    assert written_again(data, "proxylessnas") == data


@given(
    st.dictionaries(
        st.sampled_from(["cpu", "gpu"]),
        st.dictionaries(NAMES.filter(lambda n: "/" not in n), NUMBERS | ROWS, min_size=1),
        min_size=1,
    )
)
@settings(max_examples=60, deadline=None)
def test_any_table_of_tfnas_comes_back_to_the_byte(document):
    data = json.dumps(document).encode()

    assert written_again(data, "tfnas") == data


@given(
    st.lists(
        st.tuples(st.sampled_from(["Conv", "Int8Conv", "FC"]), SHAPES, NUMBERS),
        min_size=1,
        max_size=8,
        unique_by=lambda row: (row[0], str(row[1])),
    ),
    st.sampled_from([None, (",", ":")]),
)
@settings(max_examples=60, deadline=None)
def test_any_database_of_fbnet_comes_back_to_the_byte(rows, separators):
    records = [
        {
            "op_type": kind,
            "op_args": ['name: "kernel"\ni: 3\n'],
            "input_shapes": shapes,
            "input_dtypes": [1],
            "runtime_us_p0": us,
            "runtime_us_p50": us,
            "runtime_us_p100": us,
            "device": "SM-G950U-7.0-24",
        }
        for kind, shapes, us in rows
    ]
    data = "".join(json.dumps(r, separators=separators) + "\n" for r in records).encode()

    assert written_again(data, "fbnet", device_model=None) == data


@pytest.mark.parametrize("format", ["jsonl", "json", "csv", "parquet"])
def test_a_table_of_ours_loses_nothing_in_a_format_of_ours(table, format):
    quantity = Quantity(value=1.5, low=1.0, high=2.0)
    rich = replace(
        table.entries[0], cold_us=quantity, energy_mj=quantity, peak_memory_bytes=7,
        warnings=("contended",), measurement_ids=("a", "b"), unseen=("session",), p90_us=3.25,
    )  # fmt: skip
    whole = replace(table, entries=(rich, *table.entries[1:]))

    written = write_tables((whole,), format)
    name, (back,) = read_tables(written.data, About(source="ours"))

    assert name == format
    assert back == whole
    assert back.version == whole.version
    assert written.lost == ()
    assert write_tables((back,), format).data == written.data


@pytest.mark.parametrize("format", ["proxylessnas", "fbnet", "fasterseg", "tfnas", "aihub"])
def test_a_table_of_ours_becomes_keys_and_numbers_elsewhere_and_what_is_lost_is_said(table, format):
    written = write_tables((table,), format)

    said = {"unit": "ms"} if format == "fasterseg" else {}
    identity = {} if format == "aihub" else {"device_model": "a-phone", "runtime": "tflite"}
    _, (back,) = read_tables(written.data, About(source="theirs", **identity, **said), format)

    expected = {entry.key: entry.latency_us for entry in table.entries}
    found = {_key(entry.operation.name, format): entry.latency_us for entry in back.entries}
    assert found == pytest.approx(expected)
    lost = "; ".join(written.lost)
    assert f"operations as values: {len(table.entries)}" in lost
    assert f"low_us of {len(table.entries)} entries" in lost
    assert ("device model and environment" in lost) == (format != "aihub")


def _key(name: str, format: str) -> str:
    if format == "fbnet":
        return json.loads(name)[0]
    return name.removesuffix("/") if format == "aihub" else name


@pytest.mark.parametrize(
    ("path", "format"),
    [("a.csv", "csv"), ("a.jsonl", "jsonl"), ("a.json", "json"), ("a.parquet", "parquet"),
     ("a.yaml", "proxylessnas"), ("lut.fasterseg.json", "fasterseg"), ("a.csv.gz", "csv")],
)  # fmt: skip
def test_the_name_of_a_file_says_its_format(path, format):
    assert format_of_suffix(path).name == format


def test_a_name_that_says_no_format_is_refused_with_all_there_are():
    with pytest.raises(TableInvalid, match=", ".join(FORMATS)):
        format_of_suffix("table.xlsx")


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"\x00\xff\x00", b"[]", b"{}", b"PAR", b"a,b\n1,2\n"]
)
def test_a_file_of_no_format_is_refused_with_what_was_tried(data):
    with pytest.raises(TableInvalid, match="tried parquet, jsonl, json, tfnas"):
        recognise(data, "a file")
