"""Which calibration is taken: the simplest that predicts networks it did not see as well."""

from dataclasses import replace

import pytest

from profiler.certificates import Calibration, Sums, certify, sums_of
from profiler.errors import HnaError


def noise(networks, latencies_us, share=0.02):
    """Errors that no row explains: up and down by turns that repeat after 7."""
    turns = (0.3, -1.0, 0.8, -0.2, 0.9, -0.7, -0.1)
    return {
        network: latency_us * (1 + share * turns[index % 7])
        for index, (network, latency_us) in enumerate(zip(networks, latencies_us, strict=True))
    }


def taken(certificate):
    (one,) = [each.name for each in certificate.judged if each.chosen]
    return one


def test_networks_that_are_their_sums_but_for_noise_get_a_scale_and_nothing_else(telling):
    networks = telling.chains()

    certificate = certify(telling.table(noise(networks, map(telling.price, networks))))

    assert taken(certificate) == "scale"
    assert certificate.plain is None


def test_every_form_the_rows_allow_is_judged(telling):
    networks = telling.chains()

    judged = certify(telling.table(noise(networks, map(telling.price, networks)))).judged

    # scale; scale + constant; and that with each subset of cells, kernels, hot and cold
    assert len(judged) == 2 + 7
    assert [each.parameters for each in judged] == [1, 2, 3, 3, 3, 4, 4, 4, 5]


def test_rows_that_tell_nothing_else_are_judged_by_their_latency_alone(bench):
    networks = bench.pairs()

    judged = certify(bench.table(noise(networks, map(bench.price, networks)))).judged

    assert [each.name for each in judged] == ["scale", "scale + constant"]


def test_what_each_kernel_costs_is_found_where_it_matters(telling):
    networks = telling.chains()
    measured = [
        1.1 * telling.price(each) + 30 + 12 * telling.count(each, telling.kernels)
        for each in networks
    ]

    certificate = certify(telling.table(noise(networks, measured, share=0.001)))

    assert "per kernel" in taken(certificate)
    assert certificate.calibration.per_kernel_us == pytest.approx(12, rel=0.05)
    assert certificate.median_abs_error < 0.002


def test_how_cold_caches_are_inside_a_network_is_found_where_it_matters(telling):
    networks = telling.chains()
    measured = [
        telling.price(each) + 20 + 0.4 * telling.count(each, telling.colder_us) for each in networks
    ]

    certificate = certify(telling.table(noise(networks, measured, share=0.001)))

    assert "mix of hot and cold" in taken(certificate)
    assert certificate.calibration.cold_share == pytest.approx(0.4, rel=0.1)


def test_a_row_that_does_not_tell_what_is_read_gets_the_plain_calibration(telling):
    networks = telling.chains()
    measured = [telling.price(n) + 12 * telling.count(n, telling.kernels) for n in networks]
    table = telling.table(noise(networks, measured, share=0.001))
    untold = replace(table, entries=tuple(replace(entry, kernels=None) for entry in table.entries))

    certificate = certify(table)

    assert certificate.calibration_for(table) == certificate.calibration
    assert certificate.calibration_for(untold) == certificate.plain
    assert certificate.plain.per_kernel_us == 0.0


def test_the_errors_are_those_of_networks_left_out_of_fit_and_choice(telling):
    networks = telling.chains()
    measured = noise(networks, map(telling.price, networks))

    certificate = certify(telling.table(measured))

    # the last network is predicted by a certificate of the others alone
    *others, last = networks
    without = certify(telling.table({network: measured[network] for network in others}))
    alone = without.calibration.predict(sums_of(telling.table(measured), last))
    point = next(p for p in certificate.points if p.measured_us == measured[last])
    assert point.predicted_us == pytest.approx(alone)


def test_rows_add_up_to_what_a_network_is_predicted_to_take(telling):
    fit = Calibration(
        scale=1.2, per_cell_us=3.0, constant_us=7.0, per_kernel_us=2.0, cold_share=0.25
    )
    network = telling.chain("3x3_ResConv", "3x3_SpaConv")
    table = telling.table({})

    by_row = sum(fit.row_us(table.by_key[key]) for key in keys_of(network))

    # 1.2 * (215 + 0.25 * 70) + 2 * 14 + 3 * 3 + 7
    assert fit.predict(sums_of(table, network)) == pytest.approx(323.0)
    assert by_row + 3 * fit.per_cell_us + fit.constant_us == pytest.approx(323.0)


def test_a_row_without_kernels_cannot_be_priced_by_a_calibration_that_counts_them(bench):
    row = bench.table({}).entries[0]

    with pytest.raises(HnaError, match="take the plain one"):
        Calibration(per_kernel_us=1.0).row_us(row)
    with pytest.raises(HnaError, match="cold caches"):
        Calibration(cold_share=0.5).predict(Sums(sum_us=1.0, cells=1))


def keys_of(network):
    from profiler.operations import operation_key

    return [operation_key(part) for part in network.parts()]
