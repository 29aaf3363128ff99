"""
Requests that mean harm or nothing: refused as problem documents, and nothing of them is kept.

Each field of real requests is replaced in turn; on both databases, which mind different things.
"""

import copy
import json

import pytest
from starlette.testclient import TestClient

from lut_server.app import create_app
from lut_server.documents import to_document
from lut_server.wire import HealthReport, Report

STRINGS = [
    "a\x00b",
    "\ud800",
    "'; DROP TABLE devices; --",
    "<script>alert(1)</script>",
    "../../etc/passwd\r\nx: y",
    "\u202e" + "x" * 10_000,
]
NUMBERS = [float("nan"), float("inf"), -float("inf"), -1, 2**63, 10**400, "1", None, True, [], {}]
JSON = {"content-type": "application/json"}
DEEP = 100_000


@pytest.fixture
def http(settings, clock):
    """The server, whose unexpected errors are answers here as they are on a socket."""
    with TestClient(create_app(settings, clock), raise_server_exceptions=False) as http:
        yield http


@pytest.fixture
def requests(bench, client):
    """Requests that mean something, by what they are called."""
    client.register(bench.registration())
    session = bench.session(bench.measured(bench.operation()))
    health = {"health": "bad", "reason": "smoke"}
    return {
        "register": ("POST", "/v1/devices", bench.registration().model_dump(mode="json")),
        "report": ("POST", "/v1/reports", Report(session=session).model_dump(mode="json")),
        "check": (
            "POST",
            "/v1/devices/f00d/health",
            HealthReport(session=session).model_dump(mode="json"),
        ),
        "lease": ("POST", "/v1/leases", bench.lease_request().model_dump(mode="json")),
        "campaign": (
            "POST",
            "/v1/campaigns",
            bench.campaign([bench.operation()]).model_dump(mode="json"),
        ),
        "health": ("PUT", "/v1/devices/f00d/health", health),
        "enrolment": ("POST", "/v1/enrolments", {"name": "b", "minutes": 1.0, "uses": 1}),
        "redeem": ("POST", "/v1/enrolments/redeem", {"code": "K7QF-3MZP-X08W"}),
    }


NAMES = ["register", "report", "check", "lease", "campaign", "health", "enrolment", "redeem"]


def leaves(node, where=()):
    """Yield where each value of a document is; of a list, in its first element only."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield from leaves(value, (*where, name))
    elif isinstance(node, list) and node:
        yield from leaves(node[0], (*where, 0))
    else:
        yield where, node


def replaced(document, where, value):
    changed = copy.deepcopy(document)
    node = changed
    for step in where[:-1]:
        node = node[step]
    node[where[-1]] = value
    return json.dumps(changed)


def is_described(answer):
    """Whether an answer is a success, or a refusal that says what is wrong."""
    if answer.status_code < 300:
        return True
    return answer.status_code < 500 and "problem+json" in answer.headers["content-type"]


@pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("name", NAMES)
def test_no_value_of_any_field_upsets_the_server(requests, http, name):
    method, address, document = requests[name]
    wrong = []

    fields = list(leaves(document))
    every = 3 if len(fields) > 10 else 1  # of many fields each meets a third, all of them all
    for turn, (where, value) in enumerate(fields):
        for hostile in (STRINGS if isinstance(value, str) else NUMBERS)[turn % every :: every]:
            body = replaced(document, where, hostile)
            answer = http.request(method, address, content=body, headers=JSON)
            if not is_described(answer):
                wrong.append((where, ascii(hostile)[:40], answer.status_code, answer.text[:200]))

    assert wrong == []
    for listed in ("/v1/devices", "/v1/tables", "/v1/campaigns", "/v1/enrolments", "/v1/audit"):
        assert http.get(listed).status_code == 200


@pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("hostile", [-1.0, float("nan"), float("inf"), 10**400, "fast", None])
def test_a_latency_that_is_none_is_refused_with_the_whole_report(requests, http, hostile):
    _, address, document = requests["report"]
    where = ("session", "measurements", 1, "rounds", 0, "samples_us", 0)

    answer = http.post(address, content=replaced(document, where, hostile), headers=JSON)

    assert answer.status_code == 422, answer.text
    assert http.get("/v1/tables").json() == []
    measurement = document["session"]["measurements"][0]["id"]
    assert http.get(f"/v1/measurements/{measurement}").status_code == 404


@pytest.mark.parametrize("address", ["/v1/reports", "/v1/devices", "/v1/campaigns", "/v1/leases"])
@pytest.mark.parametrize(
    "body",
    [
        "[" * DEEP + "]" * DEEP,
        '{"session":' * DEEP + "1" + "}" * DEEP,
        "[" * DEEP,
        '{"a": 1, "a": 2}',
        "1" * 100_000,
        '"' + "x" * 100_000 + '"',
        "null",
        "",
        "\x00",
        "{'a': 1}",
        "[1,]",
        '{"a": 1e400}',
        "\ufeff{}",
    ],
    ids=lambda body: ascii(body[:12]),
)
def test_no_text_instead_of_a_request_upsets_the_server(http, address, body):
    answer = http.post(address, content=body.encode(), headers=JSON)

    assert answer.status_code == 422
    assert answer.json()["type"] == "request-invalid"


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "utf-32"])
def test_a_request_that_is_not_utf_8_is_refused_or_read_but_never_a_fault(http, encoding):
    body = '{"code": "é"}'.encode(encoding)

    answer = http.post("/v1/enrolments/redeem", content=body, headers=JSON)

    assert answer.status_code in (403, 422)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "a/b;c="])
def test_a_request_that_does_not_say_it_is_json_is_not_taken_for_it(http, bench, kind):
    body = json.dumps(to_document(bench.device)).encode()

    answer = http.post("/v1/devices", content=body, headers={"content-type": kind})

    assert answer.status_code == 422
    assert http.get("/v1/devices").json() == []


SPELLINGS = [
    "..",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "..%5c..%5cwindows",
    "%00",
    "%ff%fe",
    "%F0%9F%98%80",
    "a" * 8_000,
    "'%20OR%201=1--",
    "%3Cscript%3E",
    "%0d%0ax-injected:%20yes",
    "-1",
    "99999999999999999999999999",
]


@pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
def test_no_spelling_of_a_name_in_an_address_upsets_the_server(http):
    paths = http.get("/openapi.json").json()["paths"]
    wrong = []

    for path, item in paths.items():
        for method, operation in item.items():
            given = [each for each in operation.get("parameters", ()) if each["in"] == "path"]
            for spelling in SPELLINGS if given else ():
                address = path
                for parameter in given:
                    address = address.replace(f"{{{parameter['name']}}}", spelling)
                answer = http.request(method, address)
                if not is_described(answer) or "x-injected" in answer.headers:
                    wrong.append((method, address[:80], answer.status_code, answer.text[:100]))

    assert wrong == []
    assert http.get("/readyz").status_code == 200
