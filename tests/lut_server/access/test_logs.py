"""What a server writes down: lines with ids, and no secret whatever it was fed."""

import json
import logging
import signal
import subprocess
import sys

import httpx2
import pytest

from lut_server.edge.request_ids import request_id
from lut_server.logs import JsonFormatter, TextFormatter, without_secrets

SERVED = [("--log-format", "json", "--access-log"), ("--log-format", "text", "--access-log")]


@pytest.fixture
def record():
    """Return a function that makes a record of the log."""

    def make(message, *arguments, error=None, **fields):
        known = (type(error), error, None) if error else None
        made = logging.LogRecord("x", logging.INFO, "x.py", 1, message, arguments, known)
        made.fields = fields
        return made

    return make


@pytest.fixture
def in_request():
    held = request_id.set("trace-7")
    yield
    request_id.reset(held)


@pytest.mark.usefixtures("in_request")
def test_a_line_for_programs_is_one_json_document(record):
    document = json.loads(JsonFormatter().format(record("GET %s", "/a\nb", ms=1.5, client="::1")))

    assert document["message"] == "GET /a\nb"
    assert document["request_id"] == "trace-7"
    assert (document["ms"], document["client"], document["level"]) == (1.5, "::1", "info")


@pytest.mark.usefixtures("in_request")
def test_a_line_for_people_cannot_be_made_to_look_like_two(record):
    line = TextFormatter().format(record("GET %s", "/a\n2026 info [x] all is well\x1b[2J"))

    assert "\n" not in line
    assert "\x1b" not in line
    assert line.endswith(r"info [trace-7] GET /a\n2026 info [x] all is well\x1b[2J")


@pytest.mark.parametrize("formatter", [JsonFormatter(), TextFormatter()])
def test_secrets_are_taken_out_of_exceptions_too(record, formatter):
    error = ValueError("Bearer abc.def and hna_0123456789abcdef")

    line = formatter.format(record("failed", error=error))

    assert "ValueError" in line
    assert "abc.def" not in line
    assert "hna_0123456789abcdef" not in line


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("code K7QF-3MZP-X08W used", "code *** used"),
        ("code k7qf-3mzp-x08w", "code ***"),
        ("session 550e8400-e29b-41d4-a716-446655440000", None),
        ("table cpu@onnxruntime-974c369abdc2", None),
        ("postgresql://ada:s3cret@db.example/lut", "postgresql://***@db.example/lut"),
        ("postgresql://ada@db.example/lut", None),
        ("GET /v1/tables 200", None),
    ],
)
def test_what_looks_like_a_secret_and_only_that_is_taken_out(line, left):
    assert without_secrets(line) == (left or line)


@pytest.mark.parametrize("process", SERVED, indirect=True, ids=" ".join)
def test_a_server_fed_with_secrets_everywhere_writes_none_down(process, tmp_path):
    running, ready = process
    url = ready.read_text().strip()
    arguments = ["token", "create", "--scope", "admin", "--name", "ada"]
    database = ["--database", str(tmp_path / "hna" / "lut.db")]
    secret = subprocess.run(
        [sys.executable, "-m", "profiler.command", *arguments, *database],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    headers = {"authorization": f"Bearer {secret}", "cookie": "session=c00kie-s3cret"}
    with httpx2.Client(base_url=url, headers=headers) as http:
        made = http.post("/v1/enrolments", json={"name": "b"})
        code = made.json()["code"]
        redeemed = http.post("/v1/enrolments/redeem", json={"code": code}).json()["secret"]
        http.post("/v1/enrolments/redeem", json={"code": "0000-1111-2222"})
        http.get(f"/v1/tables?token={secret}&password=qu3ry-s3cret")
        http.get(f"/v1/tables/{secret}")
        http.get(f"/v1/tables/{code}")
        http.get("/v1/tables", headers={"x-request-id": secret[:40]})
        http.get("/v1/tables", headers={"authorization": "Basic dTpiYXNpYy1zM2NyZXQ="})
        http.post("/v1/reports", json={"password": "b0dy-s3cret"})

    running.send_signal(signal.SIGINT)
    output, _ = running.communicate(timeout=20)

    lines = output.splitlines()
    assert made.status_code == 201
    assert sum("/v1/" in line for line in lines) == 9
    fed = (secret, redeemed, code, "0000-1111-2222", "c00kie", "qu3ry", "dTpiYXNp", "b0dy-s3cret")
    assert [word for word in fed if word in output] == []
    assert secret[:40] not in output
