"""A bench with a measured table, and a network to certify it with."""

import pytest

from lut_server.wire import Report


@pytest.fixture
def measured(client, bench, registered):
    """The name of a table with one operation, its border and their samples."""
    session = bench.session(bench.measured(bench.operation()))
    client.report(Report(session=session))
    (view,) = client.tables()
    return view.name
