"""Two ``hna serve`` on one PostgreSQL, asked in turn: they look like one server."""

import pytest

from lut_server.client import LutClient
from lut_server.clock import utc_now
from lut_server.database import open_database
from lut_server.tokens.repository import TokenRepository
from lut_server.tokens.service import TokenService
from lut_server.wire import Report
from profiler.errors import ServerRefused

pytestmark = pytest.mark.parametrize("place", ["postgresql"], indirect=True)


@pytest.fixture
def tokens(place):
    """Do something with tokens, as ``hna token`` does it: beside the servers."""
    database = open_database(place, 5.0)

    def tokens(act):
        with database.writing() as session:
            return act(TokenService(TokenRepository(session), utc_now))

    yield tokens
    database.close()


@pytest.fixture
def token(tokens):
    return tokens(lambda service: service.create("ada", "admin"))


@pytest.fixture
def servers(serve, token):
    urls = [serve().url, serve().url]
    _, secret = token
    with LutClient(urls[0], token=secret) as first, LutClient(urls[1], token=secret) as second:
        yield first, second


def test_what_is_begun_at_one_server_goes_on_at_the_other(servers, bench, tokens, token):
    first, second = servers
    first.register(bench.registration())
    campaign = second.start_campaign(bench.campaign([bench.operation(8), bench.operation(16)]))
    lease = first.lease(bench.lease_request())
    renewed = second.renew(lease.id)
    measured = bench.session(bench.measured(bench.operation(8)))
    part = Report(job_id=lease.job_id, lease_id=lease.id, session=measured)
    receipts = [server.report(part) for server in servers]
    (table,) = second.tables()
    before = second.table(table.name)
    rest = bench.session(bench.measured(bench.operation(16)))

    first.report(Report(job_id=lease.job_id, lease_id=lease.id, session=rest))

    assert renewed.job_id == lease.job_id
    assert [(each.stored, each.duplicates) for each in receipts] == [(2, 0), (0, 2)]
    assert len(second.table(table.name).entries) == len(before.entries) + 2
    assert second.campaign(campaign.id).jobs == {"done": 1}

    tokens(lambda service: service.revoke(token[0].id))
    for server in servers:
        with pytest.raises(ServerRefused) as refusal:
            server.devices()
        assert refusal.value.status == 401
