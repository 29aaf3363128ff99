"""From rows to networks: calibration, certificate and the doubts it raises."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from profiler.certificates import Calibration, Sums, certify, kendall_tau, sum_us
from profiler.device import Environment
from profiler.errors import EntryMissing, HnaError
from profiler.operations import Cell, Network, operation_digest, operation_key
from profiler.table import Entry, Table

NOW = datetime(2025, 6, 1, tzinfo=UTC)
ENVIRONMENT = Environment(runtime="simulated", runtime_version="1", provider="none")
PRICES_US = {
    "3x3_ResConv": 100.0, "5x5_ResConv": 260.0, "3x3_SpaConv": 70.0, "3x3_MBConv4": 150.0,
}  # fmt: skip
HEAD_US = 5.0


def chain(*candidates):
    """A network of one level: cell after cell, each of 8 channels; the first reads the image."""
    cells = [Cell(iteration=0, level=0, inputs=(), candidate="7x7_ResConv")]
    for i, candidate in enumerate(candidates, start=1):
        cells.append(Cell(iteration=i, level=0, inputs=((i - 1, 0),), candidate=candidate))
    return Network(height=4, width=4, channels=(8,), cells=tuple(cells))


def row(operation, latency_us):
    return Entry(
        operation=operation, latency_us=latency_us, low_us=latency_us, high_us=latency_us, samples=9
    )


def rows():
    prices = {"7x7_ResConv": 40.0, **PRICES_US}
    network = chain(*PRICES_US)
    made = [row(network.operation(cell), prices[cell.candidate]) for cell in network.cells]
    return [*made, row(network.head(), HEAD_US)]


def table_of(networks):
    """A table of rows and of whole networks with their measured latencies."""
    whole = [row(network, latency_us) for network, latency_us in networks.items()]
    return Table(device_model="board", environment=ENVIRONMENT, entries=(*rows(), *whole))


def price(network):
    """The sum by hand: 40 for the first cell, 5 for the head, and each further cell."""
    return 40.0 + HEAD_US + sum(PRICES_US[cell.candidate] for cell in network.cells[1:])


def line(networks, scale=1.0, constant_us=0.0, per_cell_us=0.0):
    return {
        network: scale * price(network) + per_cell_us * len(network.cells) + constant_us
        for network in networks
    }


PAIRS = [chain(a, b) for a in PRICES_US for b in PRICES_US]
MIXED = [*PAIRS, *(chain(a) for a in PRICES_US), *(chain(a, "3x3_ResConv", a) for a in PRICES_US)]


def point_of(certificate, network):
    digest = operation_digest(network)
    return next(point for point in certificate.points if point.digest == digest)


def test_a_network_costs_the_sum_of_its_rows_repeated_as_often_as_they_run():
    network = chain("3x3_ResConv", "3x3_SpaConv", "3x3_ResConv")

    assert sum_us(table_of({}), network) == 40 + 100 + 70 + 100 + 5


def test_a_network_with_rows_missing_is_an_error_that_names_every_one_of_them():
    strange = chain("7x7_SpaConv", "3x3_ResConv", "5x5_MBConv6", "7x7_SpaConv")

    with pytest.raises(EntryMissing) as missing:
        sum_us(table_of({}), strange)

    assert missing.value.keys == tuple(
        operation_key(strange.operation(strange.cells[i])) for i in (1, 3)
    )
    assert missing.value.keys[0] in str(missing.value)


def test_a_certificate_of_a_network_without_rows_is_refused_by_the_missing_key():
    strange = chain("7x7_SpaConv")
    table = table_of(line(PAIRS[:6]) | {strange: 50.0})

    with pytest.raises(EntryMissing, match=r"spatial/.*kernel=7"):
        certify(table)


def test_a_calibration_predicts_scale_times_sum_plus_cells_plus_constant():
    calibration = Calibration(scale=2.0, per_cell_us=3.0, constant_us=5.0)

    assert calibration.predict(Sums(sum_us=10.0, cells=4)) == 2 * 10 + 3 * 4 + 5
    assert Calibration().predict(Sums(sum_us=10.0, cells=4)) == 10.0


def test_a_known_scale_and_constant_are_found_again():
    certificate = certify(table_of(line(PAIRS, scale=0.8, constant_us=33.0)), now=NOW)

    assert certificate.calibration.scale == pytest.approx(0.8)
    assert certificate.calibration.constant_us == pytest.approx(33.0)
    assert certificate.calibration.per_cell_us == 0.0
    assert certificate.median_abs_error == pytest.approx(0.0, abs=1e-9)
    assert (certificate.within_5pct, certificate.within_10pct) == (1.0, 1.0)
    assert certificate.n_networks == 16


def test_a_known_cost_of_each_cell_is_found_where_networks_differ_in_their_number():
    measured = line(MIXED, scale=1.1, constant_us=20.0, per_cell_us=7.0)

    calibration = certify(table_of(measured)).calibration

    assert calibration.scale == pytest.approx(1.1)
    assert calibration.per_cell_us == pytest.approx(7.0)
    assert calibration.constant_us == pytest.approx(20.0)


def test_the_error_of_a_network_is_that_of_a_fit_that_did_not_see_it():
    outlier = PAIRS[5]
    measured = line(PAIRS, scale=2.0, constant_us=10.0)
    measured[outlier] *= 1.5

    certificate = certify(table_of(measured))

    # all others lie on the line, so the fit without the outlier predicts it on the line exactly;
    # a fit that had seen it would have moved towards it
    point = point_of(certificate, outlier)
    assert point.predicted_us == pytest.approx(2 * price(outlier) + 10)
    assert point.measured_us == measured[outlier]
    seen = certificate.calibration.predict(Sums(sum_us=point.sum_us, cells=point.cells))
    assert abs(seen - point.measured_us) < abs(point.predicted_us - point.measured_us)


def test_the_figures_of_a_certificate_are_those_of_its_points():
    measured = line(PAIRS)
    for k, network in enumerate(PAIRS):
        measured[network] *= (1.0, 1.08, 0.93, 1.2)[k % 4]

    certificate = certify(table_of(measured))

    errors = [abs(p.predicted_us - p.measured_us) / p.measured_us for p in certificate.points]
    ordered = sorted(errors)
    assert certificate.median_abs_error == pytest.approx((ordered[7] + ordered[8]) / 2)
    assert certificate.within_5pct == sum(error <= 0.05 for error in errors) / 16
    assert certificate.within_10pct == sum(error <= 0.10 for error in errors) / 16
    assert 0 < certificate.within_5pct < certificate.within_10pct < 1


def test_the_uncalibrated_error_is_that_of_the_bare_sum_with_its_sign():
    # measured twice the sum: the sum is half, so the error is -50 %
    assert certify(table_of(line(PAIRS, scale=2.0))).uncalibrated_error == pytest.approx(-0.5)


def test_the_rank_correlation_is_one_where_sums_order_the_networks_and_minus_one_reversed():
    networks = [chain(name) for name in PRICES_US] + [chain("3x3_ResConv", "5x5_ResConv")]
    reversed_us = {network: 10_000 - price(network) for network in networks}

    assert certify(table_of(line(networks, scale=3.0))).kendall_tau == 1.0
    assert certify(table_of(reversed_us)).kendall_tau == -1.0


def test_a_tie_counts_as_neither_agreement_nor_disagreement():
    # pairs: (1,1) tied, (1,2) and (1,2) agree: 2 of 3
    assert kendall_tau([1, 1, 2], [10, 20, 30]) == pytest.approx(2 / 3)


def test_fewer_than_five_networks_are_too_few_and_the_error_says_how_many_there_are():
    with pytest.raises(HnaError, match=r"holds 4 measured networks.*at least 5"):
        certify(table_of(line(PAIRS[:4])))


def test_a_certificate_names_the_table_its_version_and_the_time():
    table = table_of(line(PAIRS))

    certificate = certify(table, now=NOW)

    assert (certificate.table, certificate.table_version) == (table.name, table.version)
    assert certificate.created_at == "2025-06-01T00:00:00+00:00"


def good():
    """A certificate without a doubt: 30 networks, all within 10 %, made now, of this table."""
    table = table_of(line(PAIRS))
    certificate = certify(table, now=NOW)
    return replace(certificate, n_networks=30, within_10pct=0.9), table


def test_a_good_certificate_raises_no_doubt():
    certificate, table = good()

    assert certificate.doubts(table, NOW + timedelta(days=90)) == ()


@pytest.mark.parametrize(
    ("change", "doubt"),
    [
        ({"table": "other@simulated-0"}, "is of table other@simulated-0, not board@simulated-"),
        (
            {"table_version": "0123", "rows": ()},
            "rows changed since the certificate: it is of version 0123",
        ),
        ({"created_at": "2025-03-02T00:00:00+00:00"}, "is of 2025-03-02, over 90 days old"),
        ({"n_networks": 29}, "only 29 networks; 30 are asked for"),
        ({"within_10pct": 0.89}, "only 89% of networks are within 10 %"),
    ],
    ids=["other table", "other rows", "stale", "few networks", "bad"],
)
def test_each_doubt_is_raised_alone_and_in_words(change, doubt):
    certificate, table = good()

    doubts = replace(certificate, **change).doubts(table, NOW)

    assert len(doubts) == 1
    assert doubt in doubts[0]


def test_every_doubt_is_raised_not_only_the_first():
    certificate, table = good()

    poor = replace(certificate, table="other", n_networks=5, within_10pct=0.0)

    assert len(poor.doubts(table, NOW + timedelta(days=91))) == 4


def test_headroom_is_by_how_much_19_of_20_networks_may_exceed_their_prediction():
    certificate, _ = good()
    points = tuple(
        replace(certificate.points[0], predicted_us=100.0, measured_us=100.0 + i) for i in range(21)
    )

    assert replace(certificate, points=points).headroom() == pytest.approx(1.19)
    slower = tuple(replace(point, predicted_us=200.0) for point in points)
    assert replace(certificate, points=slower).headroom() == 1.0


def test_what_a_network_takes_beside_its_rows_asks_nothing_of_them():
    calibration = Calibration(per_kernel_us=1.0, cold_share=0.1, per_cell_us=3.0, constant_us=5.0)

    assert calibration.fixed_us(4) == 3 * 4 + 5
