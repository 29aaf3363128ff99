"""The client by itself: what it sends, what it makes of strange answers, what it loads."""

import subprocess
import sys

import httpx2
import pytest

from lut_server.client import LutClient
from profiler.errors import LutError, ServerRefused


def answering(respond):
    """Return a client whose server is a function."""
    transport = httpx2.MockTransport(respond)
    return LutClient(http=httpx2.Client(transport=transport, base_url="http://example"))


def test_the_token_is_sent_with_every_request():
    seen = []

    def respond(request):
        seen.append(request.headers.get("authorization"))
        return httpx2.Response(200, json=[])

    transport = httpx2.MockTransport(respond)
    http = httpx2.Client(transport=transport, base_url="http://example")
    LutClient(http=http, token="secret").tables()

    assert seen == ["Bearer secret"]


def test_another_program_at_the_address_is_no_server_of_this_version():
    client = answering(lambda _: httpx2.Response(200, json={"hello": "world"}))

    with pytest.raises(LutError, match="no lookup-table server of this version"):
        client.tables()


def test_an_error_page_of_another_program_is_no_problem_document():
    client = answering(lambda _: httpx2.Response(500, html="<h1>oops</h1>"))

    with pytest.raises(ServerRefused, match="500: no problem document") as refusal:
        client.campaigns()

    assert refusal.value.status == 500


def test_names_are_quoted_in_addresses():
    paths = []

    def respond(request):
        paths.append(request.url.raw_path)
        return httpx2.Response(404, json={"title": "t", "status": 404, "detail": "d"})

    with pytest.raises(ServerRefused):
        answering(respond).device("a/b?c")

    assert paths == [b"/v1/devices/a%2Fb%3Fc"]


def test_an_address_that_is_none_is_refused_at_once():
    with pytest.raises(LutError, match="'localhost:8765' is no address of a server"):
        LutClient("localhost:8765")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120.0), (None, 0.0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0.0), ("soon", 0.0)],
)
def test_how_long_a_server_asks_to_be_left_alone_is_told_in_seconds(header, seconds):
    headers = {} if header is None else {"retry-after": header}
    client = answering(lambda _: httpx2.Response(503, headers=headers))

    with pytest.raises(ServerRefused) as refusal:
        client.campaigns()

    assert refusal.value.retry_after_s == seconds


def test_a_token_is_read_again_when_that_is_asked_for(tmp_path, monkeypatch):
    seen, path = [], tmp_path / "token"
    path.touch(mode=0o600)
    monkeypatch.setenv("HNA_TOKEN_FILE", str(path))
    path.write_text("first")

    def respond(request):
        seen.append(request.headers["authorization"])
        return httpx2.Response(200, json=[])

    client = answering(respond)
    client.tables()
    path.write_text("second")
    client.tables()

    client.reread_token()
    client.tables()

    assert seen == ["Bearer first", "Bearer first", "Bearer second"]


def test_a_client_handed_in_stays_open():
    http = httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(200)))

    with LutClient(http=http):
        pass

    assert not http.is_closed


def test_the_client_and_the_commands_load_neither_web_framework_nor_database():
    code = (
        "import sys, lut_server.client, lut_server.commands;"
        "heavy = {'fastapi', 'starlette', 'sqlalchemy', 'uvicorn', 'pydantic_settings', 'torch',"
        " 'onnx', 'onnxruntime'};"
        "print(sorted(heavy & set(sys.modules)))"
    )

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert loaded.stdout.strip() == "[]"
