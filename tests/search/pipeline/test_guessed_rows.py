"""Searches that use rows nobody measured, and say so."""

from dataclasses import replace
from functools import partial

import pytest

from profiler.certificates import certify
from profiler.errors import RunInvalid
from profiler.operations import operation_key
from profiler.space import known_topology, space_operations
from profiler.table import Origin
from search.configuration import small_configuration
from search.devices import Pricing
from search.guessed import rows_used
from search.listener import Listener
from search.run_folder import RunFolder
from search.stopwatch import Stopwatch
from search.target import measure_on

TOPOLOGY = known_topology("unet")


@pytest.fixture
def operations(space):
    return space_operations(space, TOPOLOGY)


@pytest.fixture
def table(client, agent, operations, networks):
    """Return a table in which everything was measured."""
    measure_on(client, agent.target, (*operations, *networks), name="all", sleep=agent.work)
    return client.table(agent.target.table)


def guessed(entry, kind):
    origin = Origin(format="hna-predictor", source="a table", sha256="", row="{}")
    return replace(entry, value_kind=kind, measurement_ids=(), origin=origin)


@pytest.fixture
def with_predicted(table, networks):
    """Return the table as if the first row of the first network had been predicted."""
    first = operation_key(next(iter(networks[0].parts())))
    entries = (guessed(e, "predicted") if e.key == first else e for e in table.entries)
    return replace(table, entries=tuple(entries))


def test_a_network_of_measured_rows_rests_on_nothing_else(table, networks):
    used = rows_used(networks[0], table, certify(table))

    assert used.kinds == {"measured": len(list(networks[0].parts()))}
    assert used.guessed_share == 0
    assert used.warning("board") is None


def test_a_predicted_row_is_counted_with_its_share_of_the_sum(with_predicted, networks):
    (first, *rest) = (with_predicted.latency_us(part) for part in networks[0].parts())

    used = rows_used(networks[0], with_predicted, certify(with_predicted))

    assert used.kinds["predicted"] >= 1
    repeats = used.kinds["predicted"]
    assert used.guessed_share == pytest.approx(repeats * first / (first + sum(rest)))


def test_much_of_a_latency_that_nobody_measured_is_warned_of(with_predicted, networks):
    used = rows_used(networks[0], with_predicted, certify(with_predicted))

    much = replace(used, guessed_share=0.4).warning("board")
    little = replace(used, guessed_share=0.02).warning("board")

    assert little is None
    assert much.startswith("40% of the latency predicted for board is of rows nobody measured")
    assert "1 predicted" in much


@pytest.fixture
def price(client, agent, space, networks, tmp_path, monkeypatch):
    """Have the device priced for a search of this configuration."""
    monkeypatch.setattr("search.devices.measure_on", partial(measure_on, sleep=agent.work))

    def price(**changes):
        configuration = replace(small_configuration(), space=space, **changes)
        pricing = Pricing(
            client=client,
            configuration=configuration,
            folder=RunFolder(tmp_path),
            listener=Listener(),
            watch=Stopwatch(),
        )
        (device,) = pricing.price([agent.target], TOPOLOGY, networks)
        return device

    return price


def test_by_default_everything_is_measured(price, agent, operations, networks):
    device = price()

    assert {entry.value_kind for entry in device.table.entries} == {"measured"}
    assert not device.table.missing((*operations, *networks))


def test_a_target_error_is_met_by_predicting_the_rest(price, operations, networks):
    device = price(target_error=0.5)

    kinds = {device.table.by_key[operation_key(each)].value_kind for each in operations}
    assert not device.table.missing((*operations, *networks))
    assert "measured" in kinds
    assert kinds <= {"measured", "predicted"}
    assert device.certificate.table_version == device.table.version


def test_rows_that_are_allowed_are_not_measured(client, price, agent, operations, networks):
    measure_on(client, agent.target, (*operations[1:], *networks), name="most", sleep=agent.work)
    before = len(agent.sessions)

    device = price(allow=("predicted",))

    missing = device.table.missing((*operations, *networks))
    measured = {operation_key(m.operation) for s in agent.sessions[before:] for m in s.measurements}
    assert missing == ()
    assert measured <= {operation_key(operations[0])} | {
        e.key for e in device.table.entries if e.operation.kind == "border"
    }


@pytest.mark.parametrize("wrong", [0.0, 1.0, -0.1])
def test_a_target_error_that_is_no_share_is_refused(wrong):
    with pytest.raises(RunInvalid, match="target_error="):
        replace(small_configuration(), target_error=wrong)


def test_a_target_error_allows_predicted_rows():
    configuration = small_configuration()

    assert configuration.allowed == ()
    assert replace(configuration, target_error=0.05).allowed == ("predicted",)
    both = replace(configuration, target_error=0.05, allow=("predicted", "transferred"))
    assert both.allowed == ("predicted", "transferred")
