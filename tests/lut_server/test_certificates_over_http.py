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


def test_a_fresh_certificate_of_few_networks_has_that_doubt_alone(client, bench):
    table = report_networks(client, bench, count=6)
    client.certify(table.name)

    (doubt,) = client.certificate_doubts(table.name)

    assert doubt.startswith("only 6 networks; 30 are asked for")


@pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
def test_sessions_with_another_kernel_end_a_certificate(client, bench, clock):
    table = report_networks(client, bench, count=6)
    certificate = client.certify(table.name)
    clock.move(seconds=60)
    newer = ("kernel=6.8", "onnxruntime=1.3.0")

    client.report(
        Report(session=bench.session(bench.measured(bench.operation(16)), software=newer))
    )

    assert certificate.software == ("onnxruntime=1.2.3",)
    assert any(
        "the certificate expired: newer sessions ran onnxruntime 1.3.0" in doubt
        for doubt in client.certificate_doubts(table.name)
    )


def test_rows_that_were_added_are_no_doubt(client, bench, clock):
    table = report_networks(client, bench, count=6)
    before = client.certify(table.name)
    clock.move(seconds=60)

    client.report(Report(session=bench.session(bench.measured(bench.operation(16)))))

    assert client.tables()[0].version != before.table_version
    assert len(client.certificate_doubts(table.name)) == 1  # that there are few networks


def test_doubts_of_a_table_never_certified_are_refused_with_what_to_type(client, bench):
    table = report_networks(client, bench, count=1)

    with pytest.raises(ServerRefused, match=f"hna table certify {table.name}"):
        client.certificate_doubts(table.name)
