"""``hna table triage``: a real server, a board that measures by formulas, and the whole loop."""

import re
from dataclasses import replace

import pytest

from lut_server.table_commands.upgrade import find_upgrade, measure_again
from lut_server.wire import Report
from profiler.errors import HnaError
from profiler.operations import Border, InvertedConv, ResidualConv, border_of, operation_key

SLOWER = 1.5


def operations():
    """Return operations of two families, of growing size: 24 residual and 6 inverted ones."""
    sizes = [{"channels_in": c, "channels_out": c, "height": 16, "width": 16} for c in range(8, 32)]
    residual = [ResidualConv(**size, kernel=3) for size in sizes]
    return [*residual, *(InvertedConv(**size, kernel=3, expansion=3) for size in sizes[::4])]


def latency_us(operation, environment):
    """Return what an operation costs: inverted ones half as much again since version 2."""
    if isinstance(operation, Border):
        return 20.0
    moved = environment.runtime_version == "2.0.0" and isinstance(operation, InvertedConv)
    return 0.5 * operation.channels_in * (SLOWER if moved else 1.0)


@pytest.fixture
def newer(bench):
    return replace(bench.environment, runtime_version="2.0.0")


@pytest.fixture
def name(client, bench):
    """The table of before, of all operations and their borders."""
    asked = dict.fromkeys((*map(border_of, operations()), *operations()))
    costs_us = {each: latency_us(each, bench.environment) for each in asked}
    alone = {each: us + (0 if isinstance(each, Border) else 20) for each, us in costs_us.items()}
    client.register(bench.registration())
    client.report(Report(session=bench.session(alone)))
    return client.tables()[0].name


@pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
def test_few_are_measured_again_and_the_rest_is_transferred(run, client, bench, board, name, newer):
    unsupported = operations()[-1]
    board((bench.environment, newer), latency_us, fails=lambda each: each == unsupported)

    status, printed = run("triage", name, "--device", "f00d")

    before = client.table(name)
    (after,) = [view.name for view in client.tables() if view.name != name]
    rows = client.table(after, allow=["transferred"]).by_key
    left = {key: row for key, row in rows.items() if row.value_kind == "transferred"}
    assert status == 0, printed
    again, of = len(rows) - len(left), len(before.entries) - 1
    assert 8 <= again < 0.65 * of  # nearly each operation has a border of its own, measured too
    assert f"measured: {again} of {of} operations ({again / of:.1%})" in printed
    assert f"transferred: {len(left)} to {after}" in printed
    assert "left out: 1 that cannot be run now or cost nothing, such as inverted/" in printed
    missed = re.search(r"moved beyond 5% and not measured: ([\d.]+) of (\d+)", printed)
    assert float(missed[1]) < 1
    assert int(missed[2]) == len(left)
    assert rows.keys() == before.by_key.keys() - {operation_key(unsupported)}
    for row in left.values():
        cost_us = latency_us(row.operation, newer)
        assert row.latency_us == pytest.approx(cost_us, rel=0.05)
        assert row.low_us < cost_us < row.high_us
    moved = [line.split("│") for line in printed.splitlines() if line.count("│") > 3]
    assert [[cell.strip() for cell in line[1:-1]] for line in moved] == [
        ["inverted", "5", "1.500", "1.500", "1.500"]
    ]


def test_a_budget_ends_it_and_what_is_left_unknown_is_said(run, client, bench, board, name, newer):
    board((bench.environment, newer), latency_us)

    status, printed = run("triage", name, "--device", "f00d", "--max-share", "30%", "--batch", "4")

    after = next(view for view in client.tables() if view.name != name)
    of = len(client.table(name).entries)
    rows = client.table(after.name, allow=["transferred"]).entries
    kinds = [row.value_kind for row in rows]
    assert status == 0, printed
    assert kinds.count("measured") <= 0.3 * of
    assert len(kinds) == of
    assert "--max-share ended it: a larger one goes on from here" in printed


def test_a_dry_run_measures_nothing(run, client, bench, board, name, newer):
    board((bench.environment, newer), latency_us).leave()

    status, printed = run("triage", name, "--device", "f00d", "--dry-run", "--batch", "25")

    assert status == 0
    assert f"measured: 0 of {len(client.table(name).entries)} operations (0.0%)" in printed
    assert "25 operations would be measured next for bench-2-cores@onnxruntime-" in printed
    assert "and 5 more" in printed
    assert client.campaigns() == ()


def test_what_was_interrupted_goes_on_in_the_campaign_that_is_under_way(
    client, bench, board, name, newer
):
    client.register(bench.registration(environments=(bench.environment, newer)))
    upgrade = find_upgrade(client, name, "f00d", tolerance=0.05, batch=None)
    with pytest.raises(KeyboardInterrupt):
        measure_again(client, upgrade, interrupt)
    board((bench.environment, newer), latency_us)
    found = measure_again(client, upgrade, list)

    assert not found.next
    names = [view.name for view in client.campaigns()]
    assert len(names) == len(set(names))


def interrupt(_):
    raise KeyboardInterrupt


def test_what_cannot_be_compared_ends_the_loop_and_is_named(run, client, bench, board, name, newer):
    board((bench.environment, newer), latency_us, fails=lambda each: isinstance(each, Border))

    status, printed = run("triage", name, "--device", "f00d", "--batch", "12")

    assert status == 2
    assert " operations were measured and still cannot be compared, such as" in printed
    assert "hna campaign show" in printed


def test_several_environments_are_named_and_one_is_chosen(run, client, bench, board, name, newer):
    newest = replace(newer, runtime_version="3.0.0")
    other = replace(bench.environment, threads=2)
    board((bench.environment, newer, other, newest), latency_us).leave()

    status, printed = run("triage", name, "--device", "f00d", "--dry-run")

    assert status == 2
    assert "2 environments of bench agree with that of bench-2-cores@onnxruntime-" in printed
    assert "2: onnxruntime 2.0.0" in printed
    for choice in (("--runtime-version", "2.0.0"), ("--environment", "2")):
        assert run("triage", name, "--device", "f00d", "--dry-run", *choice)[0] == 0


def test_what_cannot_be_done_is_one_line(run, name):
    for arguments, said in (
        ("--device f00d --tolerance much", "give a share such as 5% or 0.05"),
        ("--device f00d --tolerance 0%", "give a share such as 5% or 0.05"),
        ("--device f00d --max-share 100%", "give a share such as 5% or 0.05"),
        ("--device beef", "no device with a fingerprint beginning 'beef'"),
        ("--device f00d", "no other environment of bench agree with that of"),
        ("--device f00d --environment 1", "the table before and after"),
        ("--device f00d --environment 7", "bench offers 1: onnxruntime 1.2.3"),
    ):
        status, printed = run("triage", name, *arguments.split())

        assert (status, printed.count("\n")) == (2, 1)
        assert said in printed


def test_a_table_that_is_not_there_is_named(run):
    status, printed = run("triage", "no@table", "--device", "f00d")

    assert (status, "no table is called 'no@table'" in printed) == (2, True)


def test_a_cancelled_campaign_ends_the_loop(client, bench, board, name, newer):
    client.register(bench.registration(environments=(bench.environment, newer)))
    upgrade = find_upgrade(client, name, "f00d", tolerance=0.05, batch=None)

    def cancel(_):
        client.change_campaign(client.campaigns("running")[0].id, "cancelled")

    with pytest.raises(HnaError, match="was cancelled; this goes on where it stopped"):
        measure_again(client, upgrade, cancel)
