"""Certificates: computed from what the table holds, kept, refused where there is too little."""

import pytest

from lut_server.wire import Report
from profiler.errors import EntryMissing, ServerRefused
from profiler.operations import operation_key

pytestmark = pytest.mark.usefixtures("registered")


def report_networks(client, bench, count, *, with_parts=True):
    """Networks that cost 1.1 of the sum of their rows."""
    latencies_us = {}
    for index in range(1, count + 1):
        network, sum_us = bench.network(index), 0.0
        for part in network.parts():
            price_us = 50.0 if part.kind == "head" else 100.0 * index
            latencies_us |= price(bench, part, price_us) if with_parts else {}
            sum_us += price_us
        latencies_us[network] = 1.1 * sum_us
    client.report(Report(session=bench.session(latencies_us)))
    return client.tables()[0]


def price(bench, part, price_us):
    """What is measured for a part whose row is to cost *price_us*."""
    from profiler.operations import border_of

    if border_of(part) is None:
        return {part: price_us}
    return bench.measured(part, latency_us=20.0) | {
        border_of(part): 20.0,
        part: 20.0 + price_us,
    }


def test_a_table_is_certified_by_the_networks_it_holds(client, bench, clock):
    table = report_networks(client, bench, count=6)

    certificate = client.certify(table.name)

    assert certificate.n_networks == 6
    assert certificate.table_version == table.version
    assert certificate.median_abs_error == pytest.approx(0.0, abs=1e-6)
    assert certificate.calibration.scale == pytest.approx(1.1)
    assert certificate.created_at == clock.now.isoformat(timespec="seconds")
    assert client.certificate(table.name) == certificate
    assert client.tables()[0].certificate == certificate


def test_the_newest_certificate_is_the_one_shown(client, bench, clock):
    table = report_networks(client, bench, count=6)
    client.certify(table.name)
    clock.move(seconds=60)

    newest = client.certify(table.name)

    assert client.certificate(table.name) == newest


def test_a_table_never_certified_says_so(client, bench):
    table = report_networks(client, bench, count=1)

    with pytest.raises(ServerRefused, match="was never certified") as refusal:
        client.certificate(table.name)

    assert refusal.value.status == 404
    assert refusal.value.fields["type"] == "certificate-unknown"


def test_too_few_networks_are_no_certificate(client, bench):
    table = report_networks(client, bench, count=4)

    with pytest.raises(ServerRefused, match="holds 4 measured networks"):
        client.certify(table.name)


def test_networks_whose_operations_have_no_rows_name_them(client, bench):
    table = report_networks(client, bench, count=5, with_parts=False)

    with pytest.raises(EntryMissing) as missing:
        client.certify(table.name)

    parts = [operation_key(part) for part in bench.network(1).parts()]
    assert set(missing.value.keys) == set(parts)
    assert missing.value.table == table.name
