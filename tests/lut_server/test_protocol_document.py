"""docs/protocol.md says what the server does: its lines run, its lists are complete."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lut_server.errors import INTERNAL, PROBLEMS, REQUEST_INVALID

DOCUMENT = Path(__file__).parents[2] / "docs" / "protocol.md"


@pytest.fixture(scope="module")
def text():
    return DOCUMENT.read_text(encoding="utf-8")


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_every_address_of_the_api_is_described(text, http):
    paths = http.get("/openapi.json").json()["paths"]

    described = set(re.findall(r"`(GET|POST|PUT|DELETE) (/\S+?)`", text))

    served = {(method.upper(), path) for path, item in paths.items() for method in item}
    assert described - {("GET", "/openapi.json")} == served


def test_every_problem_type_is_described_with_its_status(text):
    lines = [line for line in text.splitlines() if line.startswith("| `")]

    for kind in (*PROBLEMS.values(), REQUEST_INVALID, INTERNAL):
        assert any(f"`{kind.type}`" in line and str(kind.status) in line for line in lines), kind


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_lines_to_type_do_what_is_said(text, process):
    url = process[1].read_text().strip()
    script = "\n".join(blocks(text, "sh")).replace("http://127.0.0.1:8765", url)

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 0, done.stdout + done.stderr
    printed = list(documents(done.stdout))
    _, receipt, answer = (json.loads(block) for block in blocks(text, "json"))
    assert receipt in printed
    version = next(d["version"] for d in printed if isinstance(d, dict) and "missing" in d)
    assert answer | {"version": version} in printed
    assert "304 0 bytes" in done.stdout
    assert printed[-1]["session"]["measurements"][0]["id"] == "measurement-2"


def documents(text):
    """Yield the JSON documents in *text*, one after the other."""
    decoder, position = json.JSONDecoder(), 0
    while (position := text.find("{", position)) >= 0:
        document, position = decoder.raw_decode(text, position)
        yield document
