"""The core: arrays in, means and standard deviations out."""

from __future__ import annotations

import numpy as np
import pytest

from profiler.errors import TransferImpossible
from profiler.transfer import View, transfer
from profiler.transfer.view import centres, filled, standard

ROWS, DEVICES = 200, 6


@pytest.fixture
def devices():
    """Return log latencies of devices that deviate from each other in two ways."""
    generator = np.random.default_rng(1)
    common = generator.normal(3, 1, size=(ROWS, 1))
    ways = generator.normal(0, 0.3, size=(ROWS, 2))
    speeds = generator.normal(0, 1, size=(1, DEVICES + 1))
    noise = generator.normal(0, 0.03, size=(ROWS, DEVICES + 1))
    return common + ways @ generator.normal(size=(2, DEVICES + 1)) + speeds + noise


def test_a_device_like_a_mixture_of_others_is_found_from_ten_rows(devices):
    few = np.arange(0, ROWS, 20)

    found = transfer(
        [View(log_latencies=devices[:, :-1])], few, devices[few, -1], np.full(10, 0.01)
    )

    plain = np.mean(devices[:, :-1], axis=1)
    plain += np.mean(devices[few, -1] - plain[few])
    error = np.abs(found.mean - devices[:, -1])
    assert np.median(error) < 0.08
    assert np.median(error) < 0.5 * np.median(np.abs(plain - devices[:, -1]))


def test_nine_of_ten_rows_lie_in_their_intervals():
    inside = []

    for seed in range(12):
        generator = np.random.default_rng(seed)
        weights = generator.normal(0, 0.5, size=(3, DEVICES + 1))
        logs = generator.normal(3, 1, size=(ROWS, 1)) + generator.normal(size=(ROWS, 3)) @ weights
        logs += generator.normal(0, 0.05, size=logs.shape)
        few = generator.permutation(ROWS)[:15]
        found = transfer([View(log_latencies=logs[:, :-1])], few, logs[few, -1], np.zeros(15))
        inside.append(np.mean(np.abs(found.mean - logs[:, -1]) < 1.645 * found.sd))

    assert 0.84 < np.mean(inside) < 0.97


def test_twelve_rows_and_a_runtime_unlike_the_only_source_still_give_honest_intervals():
    inside = []

    for seed in range(40):
        generator = np.random.default_rng(seed)
        source = generator.normal(3, 1, size=(ROWS, 1))
        kinds = np.eye(4)[generator.integers(0, 4, size=ROWS)]
        truth = source[:, 0] + kinds @ generator.normal(0, 0.6, 4) + generator.normal(0, 0.3, ROWS)
        view = View(log_latencies=source, features=(kinds,))
        found = transfer([view], np.arange(12), truth[:12], np.zeros(12))
        inside.append(np.mean(np.abs(found.mean - truth)[12:] < 1.645 * found.sd[12:]))

    assert 0.86 < np.mean(inside) < 0.94


def test_one_disturbed_measurement_does_not_turn_the_table(devices):
    few = np.arange(0, ROWS, 20)
    values = devices[few, -1].copy()
    view = View(log_latencies=devices[:, :-1])
    clean = transfer([view], few, values, np.zeros(10))
    values[3] += 1.5

    disturbed = transfer([view], few, values, np.zeros(10))

    assert np.median(np.abs(disturbed.mean - clean.mean)) < 0.1


def test_features_tell_what_no_source_shows():
    generator = np.random.default_rng(4)
    special = (np.arange(100) % 2)[:, None].astype(float)
    source = generator.normal(3, 1, size=(100, 1))
    truth = source[:, 0] + 0.4 * special[:, 0]
    few = np.arange(0, 100, 7)

    bare = transfer([View(log_latencies=source)], few, truth[few], np.full(15, 0.01))
    told = transfer(
        [View(log_latencies=source, features=(special,))], few, truth[few], np.full(15, 0.01)
    )

    assert np.mean(np.abs(told.mean - truth)) < 0.3 * np.mean(np.abs(bare.mean - truth))


def test_the_view_that_fits_is_believed(devices):
    few = np.arange(0, ROWS, 20)
    right = View(log_latencies=devices[:, :-1], probability=0.3)
    wrong = View(log_latencies=devices[::-1, :-1], probability=0.7)

    both = transfer([wrong, right], few, devices[few, -1], np.zeros(10))

    alone = transfer([right], few, devices[few, -1], np.zeros(10))
    assert np.allclose(both.mean, alone.mean, atol=0.02)


def test_latencies_that_add_up_are_ranked_by_their_sums():
    generator = np.random.default_rng(5)
    parts = generator.integers(0, 2, size=(150, 12)).astype(float)
    costs = generator.uniform(0.5, 3, size=(12, 1)) * generator.uniform(0.8, 1.2, size=(12, 5))
    logs = np.log(parts @ costs + 1)
    few = np.arange(0, 150, 12)

    view = View(log_latencies=logs[:, :-1], features=(parts,), additive=True)
    found = transfer([view], few, logs[few, -1], np.zeros(len(few)))

    assert np.corrcoef(found.mean, logs[:, -1])[0, 1] > 0.98


def test_hundreds_of_measurements_take_no_longer_than_a_person_waits(devices):
    few = np.arange(ROWS)

    found = transfer(
        [View(log_latencies=devices[:, :-1])], few, devices[:, -1], np.full(ROWS, 0.01)
    )

    assert np.median(np.abs(found.mean - devices[:, -1])) < 0.05


def test_no_source_and_too_few_measurements_are_refused(devices):
    few = np.array([3])

    with pytest.raises(TransferImpossible, match=r"6 source\(s\) and 1 measured"):
        transfer([View(log_latencies=devices[:, :-1])], few, devices[few, -1], np.zeros(1))
    with pytest.raises(TransferImpossible, match=r"0 source\(s\)"):
        transfer([View(log_latencies=devices[:, :0])], np.arange(5), np.zeros(5), np.zeros(5))


def test_what_one_source_lacks_is_what_the_others_say_at_its_speed():
    logs = np.array([[0.0, 5.0], [1.0, np.nan], [2.0, 7.0]])

    complete = filled(logs)

    assert np.allclose(complete[:, 0], complete[:, 1])
    assert np.allclose(np.diff(complete[:, 0]), [1.0, 1.0])


def test_a_single_source_is_its_own_average():
    only = list(centres(View(log_latencies=np.array([[1.0], [2.0]]))))

    assert len(only) == 1
    assert np.allclose(only[0].blocks[0], 0.0)


def test_rows_of_a_standard_block_are_of_unit_length_on_average():
    block = standard(np.random.default_rng(0).normal(5, 3, size=(50, 4)))

    assert np.mean(np.sum(block**2, axis=1)) == pytest.approx(1.0)
    assert np.all(standard(np.ones((3, 2))) == 0.0)
