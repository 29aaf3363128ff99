"""Hostile and broken files: one line that names the file and the fault, never anything else."""

import gzip
import io
import json

import pytest

from profiler.errors import HnaError, TableInvalid
from profiler.formats import FORMATS, read_tables, write_tables
from profiler.formats.about import About
from profiler.formats.fasterseg import FasterSeg

ABOUT = About(source="a file", device_model="a-phone", runtime="tflite", unit="ms")
ROW = "Conv-input:8x8x3-output:4x4x8"
BOMB = "a: &a {mean: 1}\n" + "".join(
    f"{name}: &{name} {{mean: [{', '.join([f'*{before}'] * 9)}]}}\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def refused(data: bytes, format: str | None = None, about: About = ABOUT) -> str:
    with pytest.raises(TableInvalid) as caught:
        read_tables(data, about, format)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "!!python/object/apply:os.system ['true']",
        f"{ROW}: !!python/name:os.system {{mean: 1}}",
        f"{ROW}: &x {{mean: 1}}\nother: *x",
        f"{ROW}: !!float {{mean: 1}}",
    ],
)
def test_yaml_with_tags_anchors_or_aliases_is_refused_before_it_is_built(text):
    assert "needs no YAML tags, anchors or aliases" in refused(text.encode(), "proxylessnas")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"{ROW}: {{mean: 1}}\n{ROW}: {{mean: 2}}", "is there twice"),
        (f"{ROW}: {{mean: .nan}}", "is no number: nan"),
        (f"{ROW}: {{mean: .inf}}", "is no number: inf"),
        (f"{ROW}: {{mean: 2020-01-01}}", "something other than numbers"),
        (f"{ROW}: {{mean: 1{'0' * 400}}}", "is no number"),
        (f"{ROW}: {{var: 1}}", "has no mean"),
        (f"{ROW}: [1]", "has no mean"),
        ("- 1\n- 2", "is no mapping"),
        ("[" * 5_000, "nested too deeply"),
        ("a: {b: {c: 1}}", "nested too deeply"),
        ("a: b: c", "is no YAML"),
        ("{}", "holds no row"),
        (f"{'x' * 1001}: {{mean: 1}}", "1 to 1000 printable characters"),
        ('"a\\nb": {mean: 1}', "printable characters"),
    ],
)
def test_yaml_that_is_no_table_is_refused(text, fault):
    assert fault in refused(text.encode(), "proxylessnas")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"a": 1, "a": 2}', "'a' is there twice"),
        ('{"a": NaN}', "NaN is no number"),
        ('{"a": 1e999}', "1e999 is no number"),
        ('{"a": "\\ud800"}', "surrogates not allowed"),
        ('{"a": "1"}', "is no number: 1"),
        ('{"a": true}', "is no number: True"),
        ('{"a": null}', "is no number: None"),
        ("{" * 10, "is no JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[1]", "it is no object"),
        ("{}", "holds no row"),
        (f'{{"a": 1{"0" * 400}}}', "is no number"),
    ],
)
def test_json_that_is_no_table_is_refused(text, fault):
    assert fault in refused(text.encode(), "fasterseg")


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({"tpu": {"a": 1}}, "its parts are cpu and gpu"),
        ({"cpu": [1]}, "cpu is no object"),
        ({"cpu": {"a": {}}}, "'a' of cpu has no row"),
        ({"cpu": {"a": {"1": "x"}}}, "is no number: x"),
        ({"cpu": {"a": {"1": 1}, "a/1": 2}}, "two entries"),
    ],
)
def test_a_table_of_tfnas_that_is_none_is_refused(document, fault):
    assert fault in refused(json.dumps(document).encode(), "tfnas")


@pytest.mark.parametrize("format", sorted(FORMATS))
@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"null", b"[[1]]", b'"x"', b"\x00" * 64])
def test_noise_is_refused_by_every_format(format, data):
    with pytest.raises(HnaError):
        read_tables(data, About(source="a file"), format)


def test_a_file_that_unpacks_to_more_than_the_bound_is_refused_before_it_is():
    bomb = gzip.compress(b"0" * 100_000)

    with pytest.raises(TableInvalid, match="unpacks to more than 1000 bytes"):
        read_tables(bomb, ABOUT, max_bytes=1_000)


def test_a_compressed_file_that_was_cut_off_is_refused():
    assert "was cut off" in refused(gzip.compress(b'{"a": 1}')[:-6])


@pytest.mark.parametrize("format", ["jsonl", "json", "csv", "parquet"])
def test_a_table_of_ours_that_was_cut_off_is_refused(table, format):
    data = write_tables((table,), format).data

    refused(data[: len(data) * 2 // 3], format)


def test_json_lines_without_their_last_line_are_refused(table):
    data = write_tables((table,), "jsonl").data
    cut = data[: data.rstrip(b"\n").rindex(b"\n") + 1]

    assert "it was cut off" in refused(cut)


@pytest.mark.parametrize("format", ["jsonl", "json"])
def test_a_table_of_ours_that_was_changed_is_refused(table, format):
    data = write_tables((table,), format).data
    changed = data.replace(b'"samples":30', b'"samples":31', 1).replace(
        b'"samples": 30', b'"samples": 31', 1
    )

    assert "was changed" in refused(changed)


def test_a_csv_whose_key_is_not_that_of_its_operation_is_refused(table):
    data = write_tables((table,), "csv").data
    key = table.entries[0].key.encode()

    assert "is not the key of the operation" in refused(data.replace(key, key + b"0", 1))


def test_a_parquet_file_that_unpacks_to_too_much_is_refused(table, monkeypatch):
    monkeypatch.setattr("profiler.formats.parquet.MAX_ROWS", 3)

    assert "a table has at most 3 rows" in refused(write_tables((table,), "parquet").data)


def test_a_parquet_file_of_something_else_is_refused():
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(pa.table({"a": [1]}), sink)

    assert "has no column called device_model" in refused(sink.getvalue())


def test_a_file_that_does_not_say_its_device_runtime_or_unit_says_how_to():
    flat = b'{"somebody\'s": 1}'

    assert "--device-model" in refused(flat, about=About(source="f", runtime="r", unit="ms"))
    assert "--runtime" in refused(flat, about=About(source="f", device_model="m", unit="ms"))
    assert "--unit us, ms or s" in refused(
        flat, about=About(source="f", device_model="m", runtime="r")
    )


def test_a_device_model_that_cannot_name_a_table_is_refused():
    about = About(source="f", device_model="../etc", runtime="r", unit="ms")

    assert "'../etc' cannot name a table" in refused(b'{"a": 1}', about=about)


def test_what_a_file_says_itself_is_not_said_again():
    data = b'{"cpu": {"base": 1.0}}'
    about = About(source="f", device_model="m", runtime="r", provider="cpu")

    assert "leave out --provider" in refused(data, about=about)


def test_tables_that_share_names_are_not_written_over_each_other():
    _, tables = read_tables(b'{"a": 1}', ABOUT)

    with pytest.raises(TableInvalid, match="two rows are called 'a'; write one table to a file"):
        FasterSeg().write((*tables, *tables))


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
def test_a_csv_of_ours_with_what_is_no_number_is_refused(table, number):
    data = write_tables((table,), "csv").data
    latency = repr(table.entries[0].latency_us).encode()

    assert "leave out what could not be measured" in refused(
        data.replace(b"," + latency + b",", f",{number},".encode(), 1)
    )
