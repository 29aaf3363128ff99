"""docs/protocol.md says what the server does: its lists of requests and errors are complete."""

import re
from pathlib import Path

import pytest

from lut_server.errors import INTERNAL, PROBLEMS, REQUEST_INVALID
from lut_server.tokens.gate import ALWAYS_OPEN, AT_THE_DOOR
from lut_server.tokens.scopes import scope_needed

DOCUMENT = Path(__file__).parents[2] / "docs" / "protocol.md"


@pytest.fixture(scope="module")
def lines():
    return DOCUMENT.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def paths(http):
    return http.get("/openapi.json").json()["paths"]


def requests_of(line):
    return re.findall(r"`(GET|POST|PUT|DELETE) (/\S+?)`", line)


def test_every_address_of_the_api_is_described_once(lines, paths):
    described = [each for line in lines if line.startswith("| `") for each in requests_of(line)]

    served = [(method.upper(), path) for path, item in paths.items() for method in item]
    assert sorted(described) == sorted(served)


def test_every_request_is_described_with_the_scope_it_needs(lines, paths):
    said = {
        each: line.split("|")[2].strip()
        for line in lines
        if line.startswith("| `")
        for each in requests_of(line)
    }

    for (method, path), scope in said.items():
        is_open = path in ALWAYS_OPEN or (method, path) == AT_THE_DOOR
        needed = scope_needed(method, paths[path][method.lower()]["operationId"])
        assert scope == ("none" if is_open else needed), (method, path)


def test_every_problem_type_is_described_with_its_status_and_no_other(lines):
    start = lines.index("| type | status | what to do |")
    rows = [line.split("|") for line in lines[start + 2 :] if line.startswith("| `")]
    described = {
        (kind, int(row[2])) for row in rows[:-1] for kind in re.findall(r"`([\w-]+)`", row[1])
    }

    kinds = (*PROBLEMS.values(), REQUEST_INVALID, INTERNAL)
    assert described == {(kind.type, kind.status) for kind in kinds}
    assert rows[-1][1].strip() == "`about:blank`"
