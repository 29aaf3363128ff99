"""Tables of published devices: what a source is taken to say."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.few_shot.tables import Design, fitted_tables

KNOWN, ASKED, CHOICES, DEVICES = 80, 200, 30, 6


@pytest.fixture
def columns():
    return np.random.default_rng(0).integers(0, 2, size=(KNOWN + ASKED, CHOICES)).astype(float)


@pytest.fixture
def truth(columns):
    """Return the latencies of devices that cost nearly alike, without noise."""
    generator = np.random.default_rng(1)
    common = generator.uniform(0.5, 2, size=(CHOICES, 1))
    return columns @ (common * generator.uniform(0.95, 1.05, size=(CHOICES, DEVICES))) + 20


def _error(columns, truth, latency_ms):
    """Return the mean relative error on the networks nobody knew."""
    tables = fitted_tables([columns[:KNOWN]], latency_ms)
    said = np.stack([np.exp(table.log_latencies(columns)) for table in tables], axis=1)
    said *= np.median(truth[KNOWN:] / said[KNOWN:], axis=0)
    return float(np.mean(np.abs(said / truth - 1)[KNOWN:]))


def test_what_adds_up_is_found_again(columns, truth):
    assert _error(columns, truth, truth[:KNOWN]) < 0.002


def test_a_tenth_of_disturbed_latencies_does_not_turn_a_table(columns, truth):
    disturbed = truth[:KNOWN].copy()
    disturbed[::10] *= 2
    plain = Design(columns[:KNOWN])
    relative = disturbed[:, 0] / np.mean(disturbed[:, 0])
    mean = np.mean(relative)
    weights = plain.ridge(relative - mean).weights / plain.length
    said = mean + (columns - plain.middle) @ weights
    said *= np.median(truth[KNOWN:, 0] / said[KNOWN:])
    least_squares = np.mean(np.abs(said / truth[:, 0] - 1)[KNOWN:])

    robust = _error(columns, truth[:, :1], disturbed[:, :1])

    assert robust < 0.5 * least_squares


def test_noisy_devices_are_known_better_together_than_each_alone(columns, truth):
    noise = np.random.default_rng(2).normal(0, 0.05, size=(KNOWN, DEVICES))
    noisy = truth[:KNOWN] * (1 + noise)
    alone = np.mean(
        [_error(columns, truth[:, [d]], noisy[:, [d]]) for d in range(DEVICES)],
    )

    together = _error(columns, truth, noisy)

    assert together < 0.8 * alone


def test_a_device_takes_the_description_that_makes_its_latencies_most_likely(columns, truth):
    shuffled = np.random.default_rng(3).permuted(columns[:KNOWN], axis=0)

    tables = fitted_tables([shuffled, columns[:KNOWN]], truth[:KNOWN])

    assert [table.design for table in tables] == [1] * DEVICES
