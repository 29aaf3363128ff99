"""When a certificate is over: rows that changed, other software, age; and what is no reason."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import TypeAdapter

from profiler.certificates import Certificate, certify
from profiler.operations import Head, MaxPool

NOW = datetime(2025, 6, 1, tzinfo=UTC)
SOFTWARE = ("hna-nas=1.0", "kernel=6.1", "numpy=2.0", "onnxruntime=1.31.1", "python=3.11.2")


@pytest.fixture
def table(bench):
    """Of 24 networks that are their sums."""
    return bench.table({network: bench.price(network) for network in bench.chains()})


@pytest.fixture
def certificate(table):
    """Without a doubt but for what a test changes."""
    return replace(certify(table, now=NOW, software=SOFTWARE), n_networks=30)


def changed(table, kind, factor):
    """*table* with rows of a kind that many times as slow, interval and all."""
    entries = [
        replace(
            entry,
            latency_us=entry.latency_us * factor,
            low_us=entry.low_us * factor,
            high_us=entry.high_us * factor,
        )
        if isinstance(entry.operation, kind)
        else entry
        for entry in table.entries
    ]
    return replace(table, entries=tuple(entries))


def test_a_row_that_was_added_is_no_doubt(bench, table, certificate):
    pool = MaxPool(batch=1, channels=8, height=4, width=4)
    more = replace(table, entries=(*table.entries, bench.row(pool, 3.0)))

    assert more.version != certificate.table_version
    assert certificate.doubts(more, NOW) == ()


def test_a_row_no_network_of_it_reads_may_change(bench, table):
    pool = MaxPool(batch=1, channels=8, height=4, width=4)
    more = replace(table, entries=(*table.entries, bench.row(pool, 3.0)))
    certificate = replace(certify(more, now=NOW), n_networks=30)

    assert certificate.doubts(changed(more, MaxPool, 2.0), NOW) == ()


def test_a_row_measured_again_within_its_interval_is_no_doubt(table, certificate):
    assert certificate.doubts(changed(table, Head, 1.01), NOW) == ()


def test_a_row_that_changed_beyond_its_interval_is_named_with_what_to_type(table, certificate):
    (doubt,) = certificate.doubts(changed(table, Head, 1.5), NOW)

    rows = len(certificate.rows)
    assert doubt.startswith(f"1 of the {rows} rows under the certificate changed beyond")
    assert "head/" in doubt
    assert "from 5 to 7.5 us" in doubt
    assert doubt.endswith(f"certify it again: hna table certify {table.name}")


def test_a_row_that_is_gone_is_a_doubt(table, certificate):
    fewer = replace(table, entries=table.entries[1:])

    assert any("are gone" in doubt for doubt in certificate.doubts(fewer, NOW))


def test_another_kernel_or_runtime_ends_a_certificate(table, certificate):
    newer = ("kernel=6.8", "onnxruntime=1.32.0")

    (doubt,) = certificate.doubts(table, NOW, newer)

    assert doubt.startswith(
        "the certificate expired: newer sessions ran kernel 6.8 (made with 6.1)"
    )
    assert "onnxruntime 1.32.0 (made with 1.31.1)" in doubt
    assert f"hna table certify {table.name}" in doubt


def test_software_that_runs_no_operation_ends_nothing(table, certificate):
    same = ("hna-nas=2.0", "kernel=6.1", "numpy=3.0", "onnxruntime=1.31.1", "python=3.12.0")

    assert certificate.doubts(table, NOW, same) == ()


def test_a_version_any_session_under_the_table_had_is_known(table):
    both = certify(table, now=NOW, software=("kernel=6.1", "kernel=6.8"))

    assert replace(both, n_networks=30).doubts(table, NOW, ("kernel=6.1",)) == ()


def test_age_ends_a_certificate_on_the_day_it_names(table, certificate):
    assert certificate.expires_at == NOW + timedelta(days=90)
    assert certificate.doubts(table, certificate.expires_at) == ()
    (doubt,) = certificate.doubts(table, certificate.expires_at + timedelta(seconds=1))
    assert "expired: it is of 2025-06-01, over 90 days old" in doubt


def test_a_certificate_is_the_same_after_a_round_trip_through_json(certificate):
    adapter = TypeAdapter(Certificate)

    assert adapter.validate_json(adapter.dump_json(certificate)) == certificate


def test_a_certificate_made_before_these_fields_existed_can_be_read_and_says_what_it_can(
    table, certificate
):
    later = ("within_1pct", "plain", "judged", "residual", "software", "rows")
    document = {k: v for k, v in asdict(certificate).items() if k not in later}
    document["calibration"] = {"scale": 1.0, "per_cell_us": 0.0, "constant_us": 0.0}

    old = TypeAdapter(Certificate).validate_python(document)

    assert old.doubts(table, NOW, ("kernel=9",)) == ()
    (doubt,) = old.doubts(changed(table, Head, 1.001), NOW)
    assert doubt.startswith("rows changed since the certificate: it is of version")
