"""docs/client.md and the examples work against a server that runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from onnx import TensorProto, helper, save

from lut_server.client import LutClient
from lut_server.wire import Report
from profiler.onnx_cells.reader import contents_of
from profiler.operations import Head, border_of
from profiler.table import Table

ROOT = Path(__file__).parents[3]
HEAD = Head(channels=8, height=32, width=32)


@pytest.fixture
def model(tmp_path):
    """The path of an ONNX file of one cell."""
    side = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "made", [side], [out])
    path = tmp_path / "model.onnx"
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)
    return path


@pytest.fixture
def url(process, bench, model):
    """A server with a table of a head, its border and the model's cell."""
    url = process[1].read_text().strip()
    (cell,) = contents_of(model.read_bytes()).operations
    latencies_us = {border_of(HEAD): 20.0, HEAD: 23.0, cell: 40.0}
    with LutClient(url) as client:
        client.register(bench.registration())
        client.report(Report(session=bench.session(latencies_us)))
        client.tables()
        client.table(client.tables()[0].name)
    return url


def run(url, path, *arguments):
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / path), *arguments],
        env=os.environ | {"HNA_SERVER": url},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_lines_of_the_document_do_what_is_said(url, blocks, capsys):
    text = (ROOT / "docs" / "client.md").read_text(encoding="utf-8")
    code = "\n".join(lines for language, lines in blocks(text) if language == "python")
    names = {}

    exec(code.replace("http://127.0.0.1:8765", url), names)
    names["client"].close()

    printed = capsys.readouterr().out.splitlines()
    assert isinstance(names["table"], Table)
    assert names["table"]._repr_html_().count("<svg") == 1
    assert "3.0 (3.0, 3.0)" in printed
    assert "('head/batch=1/channels=4096/height=32/width=32',)" in printed
    assert names["slowest"].latency_us == 40.0
    assert names["some"].missing == ("residual/nothing",)
    assert names["before"] == names["table"] == names["filled"]
    assert "6.0 (6.0, 6.0) () ('no certificate says" in "\n".join(printed)
    assert "0 of 0 finished" in printed
    assert any(line.startswith("404 table-unknown ") for line in printed)
    assert "[('2026-11-22T12:00:00Z', 3.0)]" in printed


def test_a_table_is_looked_at_cell_by_cell(url):
    printed = run(url, "look_at_a_table.py")

    assert "3 entries, version " in printed
    assert "40.0 us  on bench, 0 rounds disturbed" in printed


def test_an_onnx_model_is_measured_and_estimated(url, model):
    printed = run(url, "measure_an_onnx_model.py", str(model), "bench-2-cores")

    assert "note: the model is from elsewhere" in printed
    assert "0 of 0 measured; finished" in printed
    assert ": 40.0 us, 0 rows missing" in printed
