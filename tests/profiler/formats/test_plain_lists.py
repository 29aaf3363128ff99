"""Plain CSV lists of names and latencies, as people mail them."""

import pytest

from profiler.errors import TableInvalid
from profiler.formats import About, read_tables

SAID = {"device_model": "a-phone", "runtime": "tflite"}


def read(text, **said):
    return read_tables(text.encode(), About(source="list.csv", **(SAID | said)))


@pytest.mark.parametrize(
    ("column", "latency_us"), [("latency_us", 2.0), ("latency_ms", 2e3), ("latency_s", 2e6)]
)
def test_the_name_of_the_column_says_the_unit(column, latency_us):
    format, (table,) = read(f"name,{column}\nconv,2\n")

    assert format == "csv"
    assert table.entries[0].latency_us == latency_us
    assert table.entries[0].operation.name == "conv"


def test_a_column_without_a_unit_needs_it_to_be_said():
    with pytest.raises(TableInvalid, match="say it with --unit"):
        read("op,latency\nconv,2\n")

    _, (table,) = read("op,latency\nconv,2\n", unit="ms")

    assert table.entries[0].latency_us == 2e3


def test_what_else_a_list_holds_stays_in_the_row():
    _, (table,) = read('Operation,Note,Latency_ms\n"conv, big",slow,2\n')

    assert table.entries[0].operation.name == "conv, big"
    assert '"Note":"slow"' in table.entries[0].origin.row


def test_a_byte_order_mark_and_windows_lines_do_no_harm():
    _, (table,) = read("\ufeffname,latency_us\r\nconv,2\r\n")

    assert table.entries[0].latency_us == 2.0


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("name,latency_us\nconv\n", "list.csv:2 has 1 cells, its header 2"),
        ("name,latency_us\nconv,fast\n", "is no number: fast"),
        ("name,latency_us\nconv,nan\n", "is no number: nan"),
        ("name,latency_us\nconv,1\nconv,2\n", "two entries"),
        ("name,latency_us\n", "holds no row"),
        ("name,other\nconv,1\n", "has no column called latency_us"),
        ('name,latency_us\n"conv,1\n', "list.csv:2 has 1 cells"),
        (f"name,latency_us\n{'x' * 200_000},1\n", "is no CSV"),
    ],
)
def test_a_list_that_is_no_table_is_refused(text, fault):
    with pytest.raises(TableInvalid, match=fault):
        read_tables(text.encode(), About(source="list.csv", **SAID), "csv")
