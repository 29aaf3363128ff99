"""The token a client sends: named by the environment, from a file nobody else may read."""

import httpx2
import pytest

from lut_server.client import LutClient
from lut_server.credentials import token_from_environment
from profiler.errors import TokenUnusable


@pytest.fixture(autouse=True)
def no_token(monkeypatch):
    monkeypatch.delenv("HNA_TOKEN", raising=False)
    monkeypatch.delenv("HNA_TOKEN_FILE", raising=False)


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "token"
    path.write_text("hna_s3cret\n")
    path.chmod(0o600)
    monkeypatch.setenv("HNA_TOKEN_FILE", str(path))
    return path


def test_an_environment_that_names_none_sends_none(monkeypatch):
    monkeypatch.setenv("HNA_TOKEN", "")

    assert token_from_environment() is None


def test_the_token_itself_may_be_in_the_environment(monkeypatch):
    monkeypatch.setenv("HNA_TOKEN", " hna_s3cret\n")

    assert token_from_environment() == "hna_s3cret"


def test_a_file_holds_the_token(file):
    assert token_from_environment() == "hna_s3cret"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o601])
def test_a_file_open_to_others_is_refused_with_the_way_out(file, mode):
    file.chmod(mode)

    with pytest.raises(TokenUnusable, match=rf"mode {mode:o}\); .*chmod 600 {file}") as refusal:
        token_from_environment()

    assert "s3cret" not in str(refusal.value)


def test_a_file_that_is_not_there_is_named(file):
    file.unlink()

    with pytest.raises(TokenUnusable, match=f"{file}, .* cannot be read: No such file"):
        token_from_environment()


def test_a_folder_is_no_file(file, monkeypatch):
    file.unlink()
    file.mkdir(mode=0o700)

    with pytest.raises(TokenUnusable, match="cannot be read: Is a directory"):
        token_from_environment()


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"two words", b"hna_\x07", b"\xff\xfe", "µ".encode()]
)
def test_a_file_without_a_token_is_refused_without_being_repeated(file, content):
    file.write_bytes(content)

    with pytest.raises(TokenUnusable, match=r"holds no token|it is no text") as refusal:
        token_from_environment()

    assert "two words" not in str(refusal.value)


def test_two_sources_are_one_too_many(file, monkeypatch):
    monkeypatch.setenv("HNA_TOKEN", "hna_another")

    with pytest.raises(TokenUnusable, match="HNA_TOKEN and HNA_TOKEN_FILE are both set"):
        token_from_environment()


def test_the_client_sends_what_the_environment_names(file):
    assert sent_by() == "Bearer hna_s3cret"


def test_a_token_given_to_the_client_goes_before_the_environment(file):
    assert sent_by(token="hna_given") == "Bearer hna_given"


def test_a_token_that_no_header_can_hold_is_refused_before_it_is_sent():
    with pytest.raises(TokenUnusable, match="the token holds no token: one is a word"):
        LutClient(token="s3cret\r\nx: y")


def sent_by(**arguments):
    """Return the header that a client sends."""
    seen = []

    def respond(request):
        seen.append(request.headers.get("authorization"))
        return httpx2.Response(200, json=[])

    http = httpx2.Client(transport=httpx2.MockTransport(respond), base_url="http://example")
    LutClient(http=http, **arguments).tables()
    return seen[0]
