"""A table of operations that follow a law, so that others can be predicted."""

import pytest

from lut_server.wire import Report
from profiler.operations import border_of


def law_us(operation):
    return 3.0 + 0.002 * operation.channels_in**2


@pytest.fixture
def measure(client, registered, bench):
    """Have operations measured by a law; return the table."""

    def measure(*channels):
        operations = [bench.operation(each) for each in channels]
        latencies_us = {border_of(each): 4.0 for each in operations}
        latencies_us |= {each: 4.0 + law_us(each) for each in operations}
        client.report(Report(session=bench.session(latencies_us)))
        return client.tables()[0]

    return measure


@pytest.fixture
def table(measure):
    return measure(*range(8, 136, 8))
