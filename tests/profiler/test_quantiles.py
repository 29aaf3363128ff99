"""Quantiles: what numpy answers, to the bit, for few numbers and for many small sets."""

import numpy as np
import pytest

from profiler.quantiles import median, quantile, quantiles_along
from profiler.summary import bootstrap, bootstraps, interval, intervals

SHARES = (0.0, 0.05, 0.25, 0.5, 0.9, 0.95, 0.99, 1.0)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 10, 20, 63, 400])
def test_quantiles_are_those_of_numpy_to_the_bit(count):
    rows = np.random.default_rng(count).lognormal(5.0, 1.0, size=(50, count))

    for row in rows.tolist():
        assert median(row) == np.median(row)
        assert [quantile(row, share) for share in SHARES] == np.quantile(row, SHARES).tolist()
    for share in SHARES:
        assert np.array_equal(quantiles_along(rows, share), np.quantile(rows, share, axis=1))


@pytest.mark.parametrize("rounds", [1, 3, 10, 37])
def test_rows_resampled_together_are_as_if_alone(rounds):
    medians = np.random.default_rng(0).lognormal(3.0, 0.1, size=(300, rounds))

    together = bootstraps(medians)

    alone = np.stack([bootstrap(row) for row in medians])
    assert np.array_equal(together, alone)
    assert intervals(together).tolist() == [list(interval(row)) for row in alone]


def test_a_bootstrap_draws_whole_sets_of_rounds():
    medians = np.arange(1.0, 11.0)
    picks = np.random.default_rng(10).integers(0, 10, size=(400, 10))

    assert np.array_equal(bootstrap(medians), np.quantile(medians[picks], 0.25, axis=1))
