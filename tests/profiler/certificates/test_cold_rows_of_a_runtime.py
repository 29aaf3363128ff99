"""
The residual source "cache state" from rows that ONNX Runtime really ran hot and cold here.

What it explains depends on the machine; that it is decided, and from which numbers, does not.
"""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

pytest.importorskip("onnxruntime")

from profiler.backends.registry import open_backend
from profiler.certificates import certify, residual_lines
from profiler.certificates.sums import sums_of
from profiler.measuring.loop import measure
from profiler.measuring.plan import MeasurementPlan
from profiler.operations import Cell, Network, border_of, operation_key
from profiler.platforms.here import this_machine
from profiler.summary import kept_medians, latency_of
from profiler.table import Table
from profiler.tabulate import tabulate

PLAN = MeasurementPlan(
    min_rounds=3, max_rounds=3, visit_us=500.0, max_warmups=3, cold_samples=1, seed=1
)
CANDIDATES = ("3x3_ResConv", "5x5_ResConv", "7x7_ResConv")


def chain(*candidates):
    """A network of one level: a first cell, then cell after cell, each of 8 channels."""
    cells = [
        Cell(iteration=i, level=0, inputs=((i - 1, 0),) if i else (), candidate=name)
        for i, name in enumerate(("7x7_ResConv", *candidates))
    ]
    return Network(height=16, width=16, channels=(8,), cells=tuple(cells))


NETWORKS = tuple(chain(*each) for count in (1, 2) for each in product(CANDIDATES, repeat=count))


@pytest.fixture(scope="module")
def session():
    """12 networks and the operations they consist of, hot and cold, in one session."""
    backend = open_backend("onnxruntime")
    parts = dict.fromkeys(part for network in NETWORKS for part in network.parts())
    return measure((*parts, *NETWORKS), backend, backend.device(this_machine()), PLAN)


@pytest.fixture(scope="module")
def table(session):
    return Table(
        device_model=session.device.model,
        environment=session.environment,
        entries=tabulate([session.measurements]),
    )


@pytest.fixture(scope="module")
def certificate(table):
    return certify(table)


def cache_state(residual):
    return next(each for each in residual.sources if each.name == "cache state")


def colder_by_hand_us(session, network):
    """Cold less hot of each part, border subtracted of both, from the rounds of the session."""
    measured = {operation_key(each.operation): each for each in session.measurements}

    def row_us(part, which):
        probe, border = measured[operation_key(part)], border_of(part)
        whole_us = latency_of(kept_medians(getattr(probe, which)))
        if border is None:
            return whole_us
        border_us = latency_of(kept_medians(getattr(measured[operation_key(border)], which)))
        return max(whole_us - border_us, 0.0)

    return sum(row_us(part, "cold") - row_us(part, "rounds") for part in network.parts())


def left_out_by_hand(certificate, columns):
    """Mean relative error of each network by a fit to the eleven others."""
    measured = np.array([point.measured_us for point in certificate.points])
    shares = np.stack(columns, axis=1) / measured[:, None]
    errors = []
    for index in range(len(measured)):
        others = np.delete(shares, index, axis=0)
        weights, *_ = np.linalg.lstsq(others, np.ones(len(others)), rcond=None)
        errors.append(abs(shares[index] @ weights - 1))
    return np.mean(errors)


def test_every_row_was_run_with_cold_caches_beside_the_hot_ones(session, table):
    assert session.gaps == ()
    assert all(
        len(each.cold) == len(each.rounds) == PLAN.min_rounds for each in session.measurements
    )
    assert all(entry.cold_us is not None for entry in table.entries)


def test_what_rows_take_more_when_cold_adds_up_over_a_network(session, table):
    for network in NETWORKS:
        by_hand_us = colder_by_hand_us(session, network)

        assert sums_of(table, network).colder_us == pytest.approx(by_hand_us)


def test_cache_state_is_decided_either_way_and_the_errors_are_those_of_networks_left_out(
    table, certificate
):
    points, residual = certificate.points, certificate.residual
    networks = {operation_key(network): network for network in NETWORKS}
    entries = [entry for entry in table.entries if entry.key in networks]
    colder_us = [sums_of(table, networks[entry.key]).colder_us for entry in entries]
    sums_us, ones = [point.sum_us for point in points], np.ones(len(points))

    found = cache_state(residual)

    assert [point.measured_us for point in points] == [entry.latency_us for entry in entries]
    assert found.unknown == ""
    assert residual.error == pytest.approx(left_out_by_hand(certificate, [sums_us, ones]))
    assert found.error == pytest.approx(
        left_out_by_hand(certificate, [sums_us, ones, np.array(colder_us)])
    )
    assert found.explained == pytest.approx(1 - found.error / residual.error)


def test_the_decision_is_said_in_one_line(certificate):
    said = [line for line in residual_lines(certificate.residual) if "cache state" in line]

    explained = cache_state(certificate.residual).explained
    assert len(said) == 1
    assert said[0].startswith(
        f"cache state: explains {explained:.0%} of the error"
        if explained > 0
        else "cache state: explains nothing of the"
    )


def test_a_calibration_that_mixes_hot_and_cold_was_tried(certificate):
    tried = [form.name for form in certificate.judged]

    assert "scale + constant + mix of hot and cold" in tried


def test_one_row_without_cold_latency_and_nothing_is_decided(table):
    head = operation_key(NETWORKS[0].head())
    entries = [
        replace(entry, cold_us=None) if entry.key == head else entry for entry in table.entries
    ]

    found = cache_state(certify(replace(table, entries=tuple(entries))).residual)

    assert found.error is None
    assert found.unknown == "rows were not measured with cold caches"
