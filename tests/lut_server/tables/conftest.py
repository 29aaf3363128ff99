"""A server with one table in it."""

import pytest

from lut_server.wire import Report


@pytest.fixture
def table(client, registered, bench):
    client.report(Report(session=bench.session(bench.measured(bench.operation()))))
    return client.tables()[0]


@pytest.fixture
def grow(client, bench, table):
    """Have another operation measured."""

    def grow(channels):
        client.report(Report(session=bench.session(bench.measured(bench.operation(channels)))))

    return grow


@pytest.fixture
def give(http, table):
    """Give the table entries that were not measured here."""
    from lut_server.tables.given import GivenEntries

    def give(*entries):
        with http.app.state.server.database.writing() as session:
            GivenEntries(session).add(table.name, entries, None)

    return give
