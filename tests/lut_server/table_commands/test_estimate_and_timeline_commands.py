"""``hna table estimate``, ``hna table timeline`` and ``hna alerts`` against a real server."""

import json
from dataclasses import replace

import pytest
from onnx import TensorProto, helper

from lut_server.alerts.commands import alerts
from lut_server.table_commands.timeline import sparkline
from lut_server.wire import HealthReport, Report
from profiler.command import main
from profiler.measuring.sentinels import SENTINELS
from profiler.onnx_cells.contents import NETWORK
from profiler.operations import border_of, operation_digest, operation_key, operation_to_json


@pytest.fixture
def name(client, bench):
    """A table that holds every part of the network ``bench.network(1)`` at 10 us, and no other."""
    client.register(bench.registration())
    latencies_us = {}
    for part in bench.network(1).parts():
        latencies_us |= bench.measured(part) if border_of(part) else {part: 10.0}
    client.report(Report(session=bench.session(latencies_us)))
    return client.tables()[0].name


@pytest.fixture
def saved(tmp_path):
    """Write a JSON document to a file; return its path."""

    def saved(document):
        path = tmp_path / "document.json"
        path.write_text(json.dumps(document))
        return path

    return saved


def onnx_file(path, properties):
    side = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "made", [side], [out])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    helper.set_model_props(model, properties)
    path.write_bytes(model.SerializeToString())
    return path


def test_a_network_whose_rows_are_all_there_has_a_latency(run, bench, name, saved):
    network = bench.network(1)
    parts = len(tuple(network.parts()))

    status, printed = run("estimate", name, "--network", saved(operation_to_json(network)))

    assert status == 0
    assert f"{10 * parts:.1f} us, 90 % interval {10 * parts:.1f} - {10 * parts:.1f} us" in printed
    assert f"rows: {parts} ({parts} measured)" in printed
    assert "doubt: no certificate" in printed
    assert f"table: {name}, version " in printed


def test_a_list_of_operations_is_their_sum(run, bench, name, saved):
    part = next(iter(bench.network(1).parts()))

    printed = run("estimate", name, "--network", saved([operation_to_json(part)] * 3))[1]

    assert printed.startswith("30.0 us, ")


def test_missing_rows_are_counted_named_and_the_exit_status(run, bench, name, saved):
    unknown = [bench.operation(64 + index) for index in range(7)]
    path = saved([operation_to_json(each) for each in unknown])

    status, printed = run("estimate", name, "--network", path)

    assert status == 1
    assert "no latency: 7 operations have no row; the others sum to 0.0 us" in printed
    assert printed.count("missing: ") == 6
    assert f"missing: {operation_key(unknown[0])}" in printed
    assert "missing: 2 more" in printed


def test_an_estimate_as_json_holds_all_of_it(run, bench, name, saved):
    path = saved([operation_to_json(bench.operation(64))])

    status, printed = run("estimate", name, "--network", path, "--json")

    said = json.loads(printed)
    assert (status, said["latency_us"]) == (1, None)
    assert said["missing"] == [operation_key(bench.operation(64))]


def test_an_onnx_file_is_estimated_as_the_network_it_names(run, bench, name, tmp_path):
    network = json.dumps(operation_to_json(bench.network(1)))
    here = onnx_file(tmp_path / "here.onnx", {NETWORK: network})
    elsewhere = onnx_file(tmp_path / "elsewhere.onnx", {})

    assert run("estimate", name, "--onnx", here)[0] == 0
    status, printed = run("estimate", name, "--onnx", elsewhere)

    assert status == 1
    assert "missing: onnx_cell/" in printed


def test_what_cannot_be_estimated_is_one_line(run, name, tmp_path, saved):
    for arguments, said in (
        ([], "say what to estimate: --onnx FILE, or --network FILE.json"),
        (["--onnx", tmp_path / "none.onnx"], "cannot be read: No such file"),
        (["--network", saved({"kind": "toast"})], "document.json: unknown operation 'toast'"),
    ):
        status, printed = run("estimate", name, *arguments)

        assert (status, printed.count("\n")) == (2, 1)
        assert said in printed


def test_a_timeline_says_what_changed_and_draws_it(run, client, bench, clock, name):
    *_, operation = bench.network(1).parts()
    border = border_of(operation)
    for us, software in ((40.0, "1.2.3"), (60.0, "2.0.0")):
        clock.move(seconds=60)
        session = bench.session({border: 20.0, operation: us})
        session = replace(session, software=(f"onnxruntime={software}",))
        client.report(Report(session=session))

    for which in (operation_key(operation), operation_digest(operation)[:12]):
        status, printed = run("timeline", name, which)

        assert status == 0
        assert "3 of 3 sessions" in printed
        assert "▁▃█  10.00 - 40.00 us, oldest first" in printed
        (newest,) = [line for line in printed.splitlines() if "onnxruntime=2.0.0" in line]
        assert "40.00" in newest
    assert json.loads(run("timeline", name, which, "--json")[1])["sessions"] == 3


def test_an_operation_that_is_not_there_is_named(run, name):
    for which in ("head/nothing", "ab", "0123456789abcdef"):
        status, printed = run("timeline", name, which)

        assert (status, printed.count("\n")) == (2, 1)
        assert f"no operations with the key, or a digest beginning, '{which}'" in printed


def test_equal_values_are_a_flat_line():
    assert sparkline([3.0, 3.0]) == "▁▁"


def test_alerts_are_lines_and_the_exit_status(client, url, bench, clock, capsys):
    client.register(bench.registration())
    arguments = ["alerts", "--server", url]

    assert main(arguments, command=alerts) == 0
    assert capsys.readouterr().out == "no alerts\n"

    for us in [100.0] * 8 + [300.0]:
        clock.move(seconds=600)
        session = bench.session(dict.fromkeys(SENTINELS.values(), us))
        client.report_health(bench.device.fingerprint, HealthReport(session=session))

    assert main(arguments, command=alerts) == 1
    assert capsys.readouterr().out.startswith("moved: bench gets no work: ")
    assert main([*arguments, "--json"], command=alerts) == 1
    assert json.loads(capsys.readouterr().out)["kind"] == "moved"
