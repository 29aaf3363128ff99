"""Devices and budgets as a person types them."""

import pytest

from profiler.errors import RunInvalid, TableMismatch
from search.commands.devices import find_targets, named_device


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("rpi", ("rpi", None)),
        ("rpi=20ms", ("rpi", 20_000.0)),
        ("rpi=800us", ("rpi", 800.0)),
        ("rpi=0.5s", ("rpi", 500_000.0)),
        ("=3ms", (None, 3000.0)),
        ("", (None, None)),
    ],
)
def test_a_device_may_carry_its_budget(text, named):
    assert named_device(text) == named


@pytest.mark.parametrize("text", ["rpi=", "rpi=20", "rpi=fast", "rpi=-3ms", "rpi=0ms", "rpi=3 m"])
def test_what_is_no_budget_is_refused_with_an_example(text):
    with pytest.raises(RunInvalid, match="is no budget; give one as 20ms"):
        named_device(text)


def test_several_devices_are_found_each_with_its_budget(client, agent, other_model):
    found = find_targets(client, ["board-1=3ms", "toaster"])

    assert [(each.device.name, each.budget_us) for each in found] == [
        ("board-1", 3000.0),
        ("toaster", None),
    ]


def test_the_only_device_needs_no_name(client, agent):
    (found,) = find_targets(client, [])

    assert found == agent.target


def test_two_devices_of_one_table_are_refused(client, agent):
    with pytest.raises(RunInvalid, match="share the table"):
        find_targets(client, ["board-1", "board-1=3ms"])


def test_a_device_nobody_has_is_named(client, agent):
    with pytest.raises(TableMismatch, match="'pi'"):
        find_targets(client, ["pi=3ms"])
