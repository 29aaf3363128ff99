"""``hna serve`` where tokens are needed: as a real process, and where it refuses to start."""

import signal
from contextlib import closing

import httpx2
import pytest

from lut_server.client import LutClient
from lut_server.clock import utc_now
from lut_server.commands import serve
from lut_server.database import open_database
from lut_server.tokens.repository import TokenRepository
from lut_server.tokens.service import TokenService
from profiler.errors import ListenFailed, ServerRefused


@pytest.fixture
def path(tmp_path):
    """Return the file a server of this test keeps its store in."""
    return tmp_path / "hna" / "lut.db"


@pytest.fixture
def in_service(path):
    """Return a function that does something with the tokens of that store."""

    def act(do):
        with closing(open_database(path, 5.0)) as database, database.writing() as session:
            return do(TokenService(TokenRepository(session), utc_now))

    return act


@pytest.fixture
def secret(in_service):
    return in_service(lambda tokens: tokens.create("me", "read"))[1]


@pytest.mark.parametrize("process", [("--host", "0.0.0.0")], indirect=True, ids=" ".join)
def test_a_server_that_asks_for_tokens_serves_their_holders_and_writes_none_down(secret, process):
    running, ready = process
    url = ready.read_text().strip().replace("0.0.0.0", "127.0.0.1")
    with LutClient(url) as stranger, LutClient(url, token=secret) as holder:
        stranger.health()
        with pytest.raises(ServerRefused, match="answers requests with a token only"):
            stranger.tables()
        tables = holder.tables()
    refused = httpx2.get(f"{url}/v1/tables", headers={"authorization": "Bearer hna_guessed"})

    running.send_signal(signal.SIGINT)
    output, _ = running.communicate(timeout=20)

    assert tables == ()
    assert refused.status_code == 401
    assert output.startswith("listening at http://")
    assert secret not in output
    assert "hna_guessed" not in output


def test_asking_for_tokens_without_having_one_is_refused_on_loopback_too(path):
    with pytest.raises(ListenFailed, match=r"lut\.db holds no token, so nobody could be let in"):
        serve(port=0, database=path, require_tokens=True)


def test_a_revoked_token_is_none(in_service, path):
    made, _ = in_service(lambda tokens: tokens.create("me", "admin"))
    in_service(lambda tokens: tokens.revoke(made.id))

    with pytest.raises(ListenFailed, match="holds no token"):
        serve(host="0.0.0.0", port=0, database=path)
