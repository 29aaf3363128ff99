"""``hna table lint`` and ``hna table diff``: files and a real server's tables."""

import json
from dataclasses import replace

import pytest

from lut_server.client import LutClient
from lut_server.table_commands.group import table as command
from lut_server.wire import Report
from profiler.command import main
from profiler.device import Environment
from profiler.operations import Head
from profiler.table import Entry, Table
from profiler.table_file import save_table

ENVIRONMENT = Environment(runtime="made-up", runtime_version="1.2", provider="none")


@pytest.fixture
def hna(capsys, monkeypatch):
    """Run ``hna table`` with arguments; return its exit status and what it printed."""
    monkeypatch.setenv("COLUMNS", "200")

    def hna(*arguments):
        status = main(["table", *map(str, arguments)], command=command)
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return hna


def table_of(*latencies_us, **fields):
    entries = tuple(
        Entry(
            operation=Head(channels=8 * (i + 1), height=16, width=16),
            latency_us=value,
            low_us=value - 1,
            high_us=value + 1,
            samples=30,
            **fields,
        )
        for i, value in enumerate(latencies_us)
    )
    return Table(device_model="board", environment=ENVIRONMENT, entries=entries)


@pytest.fixture
def saved(tmp_path):
    """Return a function that saves a table and returns its path."""

    def saved(name, table):
        save_table(table, tmp_path / name)
        return tmp_path / name

    return saved


def test_a_sound_file_passes(hna, saved):
    assert hna("lint", saved("a.json", table_of(50.0, 90.0))) == (
        0,
        f"{table_of(50.0, 90.0).name}, 2 rows: nothing found\n",
    )


def test_a_warning_fails_only_where_warnings_are_to_fail(hna, saved):
    path = saved("a.json", table_of(50.0, 90.0, value_kind="suspect"))

    status, printed = hna("lint", path)

    assert (status, "warning suspect: 2 rows" in printed) == (0, True)
    assert hna("lint", path, "--fail-on", "warning")[0] == 1


def test_findings_are_printed_as_json_with_their_keys(hna, saved):
    path = saved("a.json", table_of(50.0, 90.0, warnings=()))
    broken = saved("b.json", replace(table_of(50.0), entries=(row_of(-1.0),)))

    assert json.loads(hna("lint", path, "--json")[1])[0]["findings"] == []
    status, printed = hna("lint", broken, "--json")

    assert status == 1
    (linted,) = json.loads(printed)
    assert linted["findings"][0]["rule"] == "non-positive"
    assert linted["findings"][0]["keys"] == [row_of(-1.0).key]


def row_of(latency_us):
    return Entry(operation=Head(channels=8, height=16, width=16), latency_us=latency_us)


def test_many_findings_of_one_rule_are_cut_and_counted(hna, saved):
    rows = []
    for height in range(16, 32):
        for channels, value in ((8, 90.0), (16, 50.0)):
            operation = Head(channels=channels, height=height, width=16)
            ends = {"low_us": value - 1, "high_us": value + 1}
            rows.append(Entry(operation=operation, latency_us=value + height / 1e3, **ends))

    status, printed = hna("lint", saved("a.json", replace(table_of(1.0), entries=tuple(rows))))

    assert status == 0
    assert printed.count("warning monotonicity") == 5
    assert "... and 11 more of monotonicity" in printed


def test_a_stated_peak_and_runtime_are_asked_after(hna, saved):
    path = saved("a.json", table_of(50.0, 90.0))

    assert "stale-runtime" in hna("lint", path, "--runtime-version", "1.3")[1]
    assert "a peak of 0" in hna("lint", path, "--peak", "0")[1]


def test_a_file_of_another_project_needs_neither_device_nor_runtime(hna, data):
    status, printed = hna("lint", data / "lut" / "proxyless_mobile_trim.yaml")

    assert status == 0
    assert "73 rows" in printed
    assert "warning copied" in printed


@pytest.mark.parametrize("name", ["nothing-of-that-name", "a.txt"])
def test_what_is_no_table_is_one_line(hna, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("a letter\n")

    status, printed = hna("lint", name)

    assert status == 2
    assert printed.startswith("hna: ")
    assert printed.count("\n") == 1


def test_equal_tables_end_with_0_and_others_with_1(hna, saved):
    first, second = (saved(f"{us}.json", table_of(us, 90.0)) for us in (50.0, 70.0))

    assert hna("diff", first, first) == (0, "2 same; median ratio 1.000; the same within 5%\n")
    status, printed = hna("diff", first, second)

    assert status == 1
    assert "slower" in printed
    assert "1.400" in printed
    assert "1 slower, 1 same" in printed


def test_a_difference_is_printed_as_json(hna, saved):
    first, second = (saved(f"{us}.json", table_of(us, 90.0)) for us in (50.0, 70.0))

    status, printed = hna("diff", first, second, "--json", "--tolerance", "0.5")

    assert status == 0
    assert json.loads(printed)["counts"]["same"] == 2


def test_a_file_of_several_tables_cannot_be_one_side_of_a_difference(hna, saved, data):
    status, printed = hna(
        "diff", saved("a.json", table_of(50.0)), data / "lut" / "aihub_models_perf_v0.47.csv.gz"
    )

    assert status == 2
    assert "holds" in printed
    assert printed.count("\n") == 1


@pytest.fixture
def served(process, bench, monkeypatch):
    """A server whose table has had two versions; its name and the first version."""
    url = process[1].read_text().strip()
    monkeypatch.setenv("HNA_SERVER", url)
    with LutClient(url) as client:
        client.register(bench.registration())
        client.report(Report(session=bench.session(bench.measured(bench.operation()))))
        name = client.tables()[0].name
        first = client.table(name).version
        client.report(Report(session=bench.session(bench.measured(bench.operation(16)))))
        client.table(name)
    return name, first


def test_tables_of_a_server_are_linted_and_compared_with_their_past(hna, served):
    name, first = served

    assert hna("lint", name)[0] == 0
    status, printed = hna("diff", f"{name}@{first}", name)

    assert status == 1
    assert "2 added" in printed
    assert hna("diff", f"{name}@{first}", f"{name}@{first}")[0] == 0


def test_a_table_the_server_does_not_have_is_one_line(hna, served):
    status, printed = hna("lint", "nobody@nothing")

    assert status == 2
    assert printed.count("\n") == 1
