"""FBNet's databases: a phone's rows, int8 and fp32 apart, percentiles kept and not misread."""

import json

import pytest

from profiler.errors import TableInvalid
from profiler.formats import About, attributes_of, read_tables, recognise, write_tables

KERNEL = 'name: "kernel"\ni: 3\n'


def row(kind="Conv", us=80.0, **changes):
    record = {
        "op_type": kind,
        "op_args": [KERNEL],
        "input_shapes": [[1, 16, 56, 56], [24, 16, 3, 3], [24]],
        "input_dtypes": [1, 1, 1],
        "runtime_us_p0": us - 5,
        "runtime_us_p10": us - 2,
        "runtime_us_p50": us,
        "runtime_us_p90": us + 9,
        "runtime_us_p100": us + 40,
        "device": "SM-G950U-7.0-24",
    }
    return record | changes


def lines(*records) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def read(data, **said):
    return read_tables(data, About(source="db.json", **said))


def test_a_database_is_recognised_and_says_its_phone_and_runtime():
    format, (table,) = read(lines(row()))

    assert format == "fbnet"
    assert table.device_model == "sm-g950u-7.0-24"
    assert (table.environment.runtime, table.environment.precision) == ("caffe2", "fp32")


def test_the_median_is_the_latency_and_percentiles_of_executions_are_no_interval():
    _, (table,) = read(lines(row(us=80.0)))
    (entry,) = table.entries

    assert entry.latency_us == 80.0
    assert entry.interval_us is None
    assert entry.samples is None
    assert '\\"runtime_us_p90\\": 89.0' in entry.origin.row


def test_operators_of_two_precisions_are_two_tables_and_come_back_in_their_order():
    data = lines(row("Int8Conv", 20.0), row("Conv", 80.0), row("Int8Relu", 3.0))

    _, tables = read(data)

    assert [(t.environment.precision, len(t.entries)) for t in tables] == [("int8", 2), ("fp32", 1)]
    assert write_tables(tables, "fbnet").data == data


def test_rows_of_several_phones_are_tables_of_several_phones():
    data = lines(row(), row(device="Pixel 3"))

    _, tables = read(data)

    assert {table.device_model for table in tables} == {"sm-g950u-7.0-24", "pixel-3"}
    with pytest.raises(TableInvalid, match="says device_model itself"):
        read(data, device_model="a-phone")


def test_what_an_operator_is_can_be_read_from_its_name():
    _, (table,) = read(lines(row()))

    said = attributes_of(table.entries[0].operation)

    assert said["type"] == "Conv"
    assert (said["channels_in"], said["channels_out"], said["kernel"]) == (16, 24, 3)
    assert (said["height"], said["width"], said["batch"]) == (56, 56, 1)


def test_a_list_of_the_same_objects_is_read_too():
    data = json.dumps([row(), row("Int8Conv")]).encode()

    assert recognise(data, "db.json").name == "fbnet"
    assert len(read(data)[1]) == 2


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (lines(row(), row()), "two entries"),
        (lines(row()).replace(b"runtime_us_p50", b"runtime_us_p51"), "it needs op_type"),
        (lines(row(us=1.0)).replace(b'p50": 1.0', b'p50": "1"'), "is no number: 1"),
        (lines(row()) + b"{", "db.json:2 is no JSON"),
        (lines(row(op_args=["x" * 1001])), "1 to 1000 printable characters"),
        (b'[1, "op_type", "runtime_us_p50"]', "is no row of FBNet"),
    ],
)
def test_a_database_that_is_none_is_refused_with_its_line(data, fault):
    with pytest.raises(TableInvalid, match=fault):
        read_tables(data, About(source="db.json"), "fbnet")


def test_its_own_unit_is_not_said_again():
    with pytest.raises(TableInvalid, match="says unit itself; leave out --unit"):
        read(lines(row()), unit="ms")
