"""From the options of ``hna onboard`` to the request for a table."""

import json
from dataclasses import replace

import pytest

from device_agents.onboarding.wanted import Wanted
from profiler.errors import HnaError, OperationInvalid
from profiler.operations import ResidualConv, operation_to_json

OPERATION = ResidualConv(channels_in=8, channels_out=8, height=8, width=8)


@pytest.fixture
def operations(tmp_path):
    path = tmp_path / "operations.json"
    path.write_text(json.dumps([operation_to_json(OPERATION)]))
    return path


def test_the_same_wish_of_the_same_device_has_the_same_id(described):
    first, again = (Wanted(handful=12).request(described) for _ in range(2))

    assert first == again
    assert first.id.startswith("onboard-")


def test_another_wish_another_device_or_another_environment_has_another_id(described):
    twin = described.model_copy(update={"device": replace(described.device, fingerprint="e" * 32)})
    threaded = described.model_copy(
        update={"environment": replace(described.environment, threads=2)}
    )

    ids = {
        Wanted().request(described).id,
        Wanted(target_error=0.05).request(described).id,
        Wanted().request(twin).id,
        Wanted().request(threaded).id,
    }

    assert len(ids) == 4


def test_unless_told_otherwise_the_small_space_is_wanted_with_networks_to_judge_by(described):
    space = Wanted().request(described).space

    assert (space.options, space.channels, space.backbone) == ("paper", "one", "resnet_10")
    assert (space.height, space.width, space.topology) == (96, 96, "unetpp")
    assert space.networks == 8


def test_what_is_said_stands_before_what_the_small_space_says(described):
    space = Wanted(height=64, networks=0, candidate=["3x3_ResConv"]).request(described).space

    assert (space.height, space.width, space.networks) == (64, 96, 0)
    assert space.candidates == ("3x3_ResConv",)


def test_any_other_space_has_the_sizes_a_campaign_gives_it(described):
    space = Wanted(space="extended").request(described).space

    assert (space.options, space.channels, space.height) == ("extended", "two", 256)


def test_a_file_of_operations_stands_in_for_the_space(described, operations):
    request = Wanted(operations=operations).request(described)

    assert request.space is None
    assert request.operations == (OPERATION,)


def test_only_this_environment_of_the_device_is_asked_for(described):
    assert Wanted().request(described).environment.match(described.environment)
    assert (
        not Wanted().request(described).environment.match(replace(described.environment, threads=7))
    )


def test_a_file_that_holds_no_operations_is_an_error_by_its_name(described, tmp_path):
    path = tmp_path / "notes.json"
    path.write_text("{}")

    with pytest.raises(OperationInvalid, match=r"notes\.json holds no JSON list"):
        Wanted(operations=path).request(described)


def test_a_value_that_cannot_be_is_one_line_that_names_it(described):
    with pytest.raises(HnaError, match=r"^space\.height: .*; see hna onboard --help$"):
        Wanted(height=10**9).request(described)
