"""docs/curl.md shows every use of the API: its lines run, and answer what it says they do."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from onnx import TensorProto, helper, save

DOCUMENT = Path(__file__).parents[3] / "docs" / "curl.md"
MARK = "@@@ block"


@pytest.fixture(scope="module")
def text():
    return DOCUMENT.read_text(encoding="utf-8")


def documents(text):
    """Yield the JSON objects in *text*, one after the other."""
    decoder, position = json.JSONDecoder(), 0
    while (position := text.find("{", position)) >= 0:
        document, position = decoder.raw_decode(text, position)
        yield document


def model(path):
    side = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "made", [side], [out])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_lines_to_type_do_what_is_said(text, blocks, shows, process, tmp_path):
    url = process[1].read_text().strip()
    code = blocks(text)
    model(tmp_path / "model.onnx")
    lines = [f'echo; echo "{MARK}"\n{lines}' for language, lines in code if language == "sh"]
    script = "\n".join(lines).replace("http://127.0.0.1:8765", url)
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env=os.environ | {"PATH": programs, "XDG_DATA_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    printed = iter(done.stdout.split(MARK)[1:])
    for language, lines in code:
        if language == "sh":
            answers = next(printed)
        else:
            *_, last = documents(answers)
            assert shows(json.loads(lines), last), last
    assert "304 0 bytes" in done.stdout
    assert "event: finished" in done.stdout
    assert "content-encoding: zstd" in done.stdout.lower()


def shown_in(code):
    """Yield the requests in *code*: method, and address without its query."""
    for line in re.split(r"\bcurl (?=-)|\bcurl (?=\$)", code)[1:]:
        address = re.search(r"\$S(/[^\s\"'?]*)", line)
        said = re.search(r"-X (\w+)", line)
        sends = re.search(r" (-d|--data-binary) ", line)
        yield said[1] if said else "POST" if sends else "GET", address[1]


def test_every_request_of_the_api_is_shown(text, blocks, http):
    paths = http.get("/openapi.json").json()["paths"]
    code = "\n".join(lines for language, lines in blocks(text) if language == "sh")
    shown = set(shown_in(code.replace("\\\n", " ")))

    def is_shown(method, path):
        pattern = re.sub(r"\{\w+\}", "[^/]+", path)
        return any(method == m and re.fullmatch(pattern, address) for m, address in shown)

    served = [(method.upper(), path) for path, item in paths.items() for method in item]
    assert [each for each in served if not is_shown(*each)] == []


def test_what_a_document_shows_is_compared_with_what_is_real(shows):
    assert shows({"a": "…", "b": [1, "x…"]}, {"a": {}, "b": [1, "xyz"]})
    assert shows({"a": 1, "…": "…"}, {"a": 1, "b": 2})
    assert not shows({"a": 1}, {"a": 1, "b": 2})
    assert not shows({"a": 1, "…": "…"}, {"b": 1})
    assert not shows(["…"], [])
    assert not shows("x…", "yz")
