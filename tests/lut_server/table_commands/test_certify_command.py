"""``hna table certify`` and what ``hna table show`` says of a certificate."""

import pytest

from lut_server.wire import Report
from profiler.operations import border_of


@pytest.fixture
def name(client, bench):
    """A table of 6 networks that cost 1.1 of the sum of their rows."""
    client.register(bench.registration())
    latencies_us = {}
    for index in range(1, 7):
        network, sum_us = bench.network(index), 0.0
        for part in network.parts():
            price_us = 50.0 if part.kind == "head" else 100.0 * index
            border = border_of(part)
            latencies_us |= {border: 20.0} if border else {}
            latencies_us[part] = price_us + (20.0 if border else 0.0)
            sum_us += price_us
        latencies_us[network] = 1.1 * sum_us
    client.report(Report(session=bench.session(latencies_us)))
    return client.tables()[0].name


def test_a_table_is_certified_from_the_command_line(run, client, name):
    status, printed = run("certify", name)

    assert status == 0
    assert "6 networks, median error 0.0%" in printed
    assert "100% within 1 %" in printed
    assert "calibration: scale, chosen by cross-validation" in printed
    assert "cell boundaries: cannot be told" in printed
    assert "made with onnxruntime=1.2.3" in printed
    assert "doubt: only 6 networks" in printed
    assert client.certificate(name).n_networks == 6


def test_a_shown_table_says_that_nobody_certified_it_and_what_to_type(run, name):
    status, printed = run("show", name)

    assert status == 0
    assert "no certificate: nothing is known of sums over this table" in printed
    assert f"hna table certify {name}" in printed


def test_a_shown_table_says_where_the_error_of_its_sums_comes_from(run, client, name):
    client.certify(name)

    _, printed = run("show", name)

    assert "cache state: cannot be told; rows were not measured with cold caches" in printed
    assert "expires 2027-02-20 or when rows or software change" in printed
