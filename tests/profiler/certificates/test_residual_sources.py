"""Where the error of sums comes from: each suspect by what it explains of networks left out."""

from dataclasses import replace

import pytest

from profiler.certificates import certify, residual_lines


def residual(bench, measured, kernels=None):
    """The residual of networks; *kernels* is what the runtime runs for each."""
    table = bench.table(measured)
    entries = [
        replace(entry, kernels=kernels[entry.operation])
        if kernels and entry.operation in kernels
        else entry
        for entry in table.entries
    ]
    return certify(replace(table, entries=tuple(entries))).residual


def source(found, name):
    return next(each for each in found.sources if each.name == name)


def test_kernels_explain_what_they_cause(telling):
    networks = telling.chains()
    measured = {n: telling.price(n) + 12 * telling.count(n, telling.kernels) for n in networks}

    found = residual(telling, measured)

    assert source(found, "kernel count").explained == pytest.approx(1.0)
    assert source(found, "cache state").explained < 0.9
    assert source(found, "all together").explained == pytest.approx(1.0)


def test_cold_caches_explain_what_they_cause(telling):
    networks = telling.chains()
    measured = {n: telling.price(n) + 0.5 * telling.count(n, telling.colder_us) for n in networks}

    found = residual(telling, measured)

    assert source(found, "cache state").explained == pytest.approx(1.0)


def test_boundaries_between_cells_explain_what_they_cause(telling):
    measured = {n: telling.price(n) + 40 * len(n.cells) for n in telling.chains()}

    found = residual(telling, measured)

    assert source(found, "cell boundaries").explained == pytest.approx(1.0)
    assert source(found, "cell boundaries").error == pytest.approx(0.0, abs=1e-9)


def test_what_a_runtime_adds_between_rows_counts_as_kernels(telling):
    networks = telling.chains()
    added = {n: index % 3 for index, n in enumerate(networks)}  # such as changes of layout
    kernels = {n: telling.count(n, telling.kernels) + added[n] for n in networks}
    measured = {n: telling.price(n) + 15 * added[n] for n in networks}

    found = residual(telling, measured, kernels)

    assert source(found, "kernel count").explained == pytest.approx(1.0)
    assert found.kernels_in_network == pytest.approx(found.kernels_in_rows + 1.0)
    assert any(line.startswith("kernels: a network runs") for line in residual_lines(found))


def test_what_cannot_be_told_is_said_and_why(bench):
    measured = {n: bench.price(n) for n in bench.pairs()}

    lines = list(residual_lines(residual(bench, measured)))

    assert lines[0].startswith("kernel count: cannot be told; the runtime does not tell")
    assert lines[1].startswith("cell boundaries: cannot be told; all networks have as many")
    assert lines[2].startswith("cache state: cannot be told; rows were not measured with cold")
    assert lines[3].startswith("all together: cannot be told")


def test_a_suspect_that_only_adds_noise_explains_nothing(telling):
    networks = telling.chains()
    turns = (1.02, 0.99, 1.0, 0.97, 1.03)
    measured = {n: telling.price(n) * turns[index % 5] for index, n in enumerate(networks)}

    found = residual(telling, measured)

    nothing = [each.name for each in found.sources if each.explained <= 0]
    assert nothing
    assert f"{nothing[0]}: explains nothing" in " ".join(residual_lines(found))


def test_measuring_alone_leaves_the_mean_distance_of_the_networks_intervals(bench):
    measured = {n: bench.price(n) for n in bench.pairs()}

    # +-1 % is a 90 % interval: a standard deviation of 1 % / 1.645, times sqrt(2 / pi)
    assert residual(bench, measured).measuring == pytest.approx(0.01 / 1.6449 * 0.79788, rel=1e-3)
