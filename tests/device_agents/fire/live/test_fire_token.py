"""A token that is revoked while an agent is at work, and a new one put in its place."""

from contextlib import closing, contextmanager

import pytest

from lut_server.clock import utc_now
from lut_server.database import open_database
from lut_server.engines.place import place_of
from lut_server.tokens.repository import TokenRepository
from lut_server.tokens.service import TokenService


class Tokens:
    """The tokens of a server, made and revoked on its database as ``hna token`` does."""

    def __init__(self, path):
        self._place = place_of(path)

    def create(self, scope):
        with self._service() as tokens:
            return tokens.create("test", scope)

    def revoke(self, token):
        with self._service() as tokens:
            tokens.revoke(token.id)

    @contextmanager
    def _service(self):
        with closing(open_database(self._place, 10.0)) as base, base.writing() as session:
            yield TokenService(TokenRepository(session), utc_now)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("closed")


@pytest.fixture(scope="module")
def server_url(folder, start_server):
    """The address of a server that is closed from its first token on."""
    with start_server(folder) as url:
        yield url


@pytest.fixture
def tokens(server_url, folder):
    return Tokens(folder / "lut.db")


@pytest.fixture
def people_token(tokens):
    _, secret = tokens.create("admin")
    return secret


@pytest.fixture(scope="module")
def token_file(folder):
    path = folder / "token"
    path.touch(mode=0o600)
    return path


@pytest.fixture(scope="module")
def nursery(start_nursery, token_file):
    nursery = start_nursery(HNA_TOKEN_FILE=str(token_file))
    yield nursery
    nursery.close()


def test_a_token_revoked_at_work_loses_nothing_and_a_new_one_is_taken_as_it_is_put_there(
    agents, ledger, tokens, token_file, tmp_path, until
):
    held, secret = tokens.create("agent")
    token_file.write_text(secret)
    hold = tmp_path / "hold"
    hold.touch()
    agent = agents.start(hold=str(hold), renewing=True)
    ledger.ask(operations=4, per_job=4)
    until(lambda: "build:" in agent.said, "the agent measuring")

    tokens.revoke(held)
    until(lambda: "the lease could not be renewed" in agent.said, "the server refusing")
    hold.unlink()
    until(lambda: "trying again" in agent.said, "the agent trying again")
    spooled = agents.spooled()
    assert len(spooled) == 1
    assert ledger.campaign.measured == 0
    assert "put a good one of scope agent into the file that HNA_TOKEN_FILE names" in agent.said

    _, new = tokens.create("agent")
    token_file.write_text(new)
    until(lambda: ledger.campaign.finished, "the campaign ending")

    ledger.require_all_once(spooled)
    assert agent.lives
    assert secret not in agent.said
    assert new not in agent.said


def test_a_token_of_the_wrong_scope_is_said_and_waited_out(
    agents, ledger, tokens, token_file, until
):
    _, secret = tokens.create("read")
    token_file.write_text(secret)
    agent = agents.start()
    until(lambda: "trying again" in agent.said, "the agent trying")
    assert "does not take this agent's token" in agent.said

    _, good = tokens.create("agent")
    token_file.write_text(good)

    ledger.ask(operations=1)
    until(lambda: ledger.campaign.finished, "the campaign ending")


def test_a_token_file_that_goes_missing_is_said_and_waited_for(
    agents, ledger, tokens, token_file, until
):
    held, secret = tokens.create("agent")
    token_file.write_text(secret)
    agent = agents.start()
    ledger.ask(operations=1)
    until(lambda: ledger.campaign.finished, "the campaign ending")

    token_file.unlink()
    tokens.revoke(held)
    until(lambda: "cannot be read" in agent.said, "the agent looking for its token")
    _, new = tokens.create("agent")
    token_file.touch(mode=0o600)
    token_file.write_text(new)

    ledger.ask(operations=2)
    until(lambda: ledger.campaign.finished, "the campaign ending")
