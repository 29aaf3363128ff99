"""What the client sends again, and what it never does, against a server of a few lines."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lut_server.client import LutClient
from lut_server.wire import CampaignRequest, LeaseRequest
from profiler.errors import ServerRefused, ServerUnreachable

FINE = (200, {}, [])
BUSY = (503, {}, {"type": "store-failed", "title": "busy", "status": 503, "detail": "busy"})


class Answers:
    """A server that gives its answers in order, the last one for ever, and counts requests."""

    def __init__(self) -> None:
        self.answers = [FINE]
        self.requests: list[tuple[str, float]] = []

    def next(self, method: str) -> tuple[int, dict[str, str], object]:
        self.requests.append((method, time.monotonic()))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def answers():
    return Answers()


@pytest.fixture
def client(answers):
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            status, headers, document = answers.next(self.command)
            body = json.dumps(document).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with LutClient(f"http://127.0.0.1:{server.server_port}") as client:
        yield client
    server.shutdown()
    server.server_close()


def test_a_question_is_asked_again_while_the_server_is_busy(client, answers):
    answers.answers = [BUSY, BUSY, FINE]

    assert client.tables() == ()
    assert len(answers.requests) == 3


def test_patience_ends(client, answers):
    answers.answers = [BUSY]

    with pytest.raises(ServerRefused, match="busy"):
        client.tables()
    assert len(answers.requests) == 3


def test_a_server_is_left_alone_for_as_long_as_it_asks(client, answers):
    answers.answers = [(429, {"retry-after": "1"}, BUSY[2]), FINE]

    client.tables()

    (_, first), (_, second) = answers.requests
    assert second - first >= 1.0


def test_a_server_that_asks_for_a_long_pause_is_the_callers_to_come_back_to(client, answers):
    answers.answers = [(429, {"retry-after": "3600"}, BUSY[2])]

    with pytest.raises(ServerRefused) as refusal:
        client.tables()
    assert refusal.value.retry_after_s == 3600
    assert len(answers.requests) == 1


def test_a_refusal_that_would_be_the_same_is_not_asked_for_again(client, answers):
    answers.answers = [(404, {}, BUSY[2])]

    with pytest.raises(ServerRefused):
        client.campaign("none")
    assert len(answers.requests) == 1


def test_a_lease_is_never_asked_for_twice(client, answers, bench):
    answers.answers = [BUSY]
    request: LeaseRequest = bench.lease_request()

    with pytest.raises(ServerRefused):
        client.lease(request)
    assert len(answers.requests) == 1


def test_a_question_that_is_a_post_is_asked_again(client, answers, bench):
    answers.answers = [BUSY]

    with pytest.raises(ServerRefused):
        client.estimate("a@b", bench.network(1))
    with pytest.raises(ServerRefused):
        client.entries("a@b", ["key"])
    assert len(answers.requests) == 6


def test_what_is_idempotent_by_its_id_is_sent_again(client, answers, bench):
    answers.answers = [BUSY]
    campaign: CampaignRequest = bench.campaign([bench.operation()], id="0" * 32)

    for send in (
        lambda: client.register(bench.registration()),
        lambda: client.start_campaign(campaign),
        lambda: client.start_campaign(bench.campaign([bench.operation()])),
    ):
        with pytest.raises(ServerRefused):
            send()

    assert len(answers.requests) == 3 + 3 + 1


def test_nobody_there_is_said_after_a_few_tries():
    with LutClient("http://127.0.0.1:1") as client, pytest.raises(ServerUnreachable):
        client.tables()


def test_a_caller_with_patience_of_its_own_is_told_at_once(answers, client):
    answers.answers = [BUSY]

    with LutClient(client.base_url, attempts=1) as impatient, pytest.raises(ServerRefused):
        impatient.tables()
    assert len(answers.requests) == 1
