"""Spaces beyond the paper's: their operations, and that the paper's keeps its keys and its JSON."""

import hashlib
import json
from dataclasses import replace

import pytest

from profiler.cost import cost_of
from profiler.errors import OperationInvalid
from profiler.operations import (
    DEFAULT_CANDIDATES,
    EXTENDED_CANDIDATES,
    operation_graph,
    operation_key,
    operation_to_json,
)
from profiler.space import (
    SPACES,
    cell_candidates,
    known_topology,
    named_space,
    network,
    random_networks,
    space_operations,
    uniform_network,
)


def digest_of(lines):
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


@pytest.mark.parametrize(
    ("channels", "backbone", "topology", "count", "keys", "documents"),
    [
        ("two", "resnet_18", "unetpp", 115, "07bf4d492ace2d2d", "10a47905f613ae51"),
        ("one", "resnet_10", "meta", 179, "2d4999aeccee32a3", "d203f495b0c41eff"),
    ],
)
def test_the_operations_of_the_papers_space_have_these_keys_and_this_json_in_every_release(
    channels, backbone, topology, count, keys, documents
):
    space, cells = named_space(channels, backbone), known_topology(topology)

    operations = [*space_operations(space, cells), *random_networks(space, cells, 5, seed=0)]

    assert len(operations) == count
    assert digest_of(map(operation_key, operations)) == keys
    assert digest_of(json.dumps(operation_to_json(o)) for o in operations) == documents


def test_the_papers_space_is_what_a_space_is_unless_another_is_asked_for():
    assert named_space() == named_space(options="paper")
    assert named_space().candidates == DEFAULT_CANDIDATES
    assert not named_space().reduced


def test_the_extended_space_has_more_candidates_and_reduced_inputs():
    space = named_space(options="extended")

    assert space.candidates == EXTENDED_CANDIDATES
    assert space.reduced
    assert replace(space, candidates=DEFAULT_CANDIDATES, reduced=False) == named_space()


def test_candidates_may_be_named_in_any_space():
    space = named_space(options="extended", candidates=("Identity",))

    assert space.candidates == ("Identity",)
    assert space.reduced


def test_an_unknown_space_is_refused_with_the_known_ones():
    with pytest.raises(OperationInvalid, match="'wide'; known are paper, extended"):
        named_space(options="wide")
    assert set(SPACES) == {"paper", "extended"}


def test_no_candidates_at_all_are_refused_in_every_space():
    with pytest.raises(OperationInvalid, match="at least one"):
        named_space(options="extended", candidates=())


def test_the_operations_of_the_extended_space_price_every_mixture_of_candidates():
    space = named_space("one", height=32, width=32, options="extended")
    topology = known_topology("meta")

    keys = {operation_key(operation) for operation in space_operations(space, topology)}

    mixed = random_networks(space, topology, 20, seed=1)
    assert {n.kind for n in mixed} == {"reduced_network"}
    assert {operation_key(part) for n in mixed for part in n.parts()} <= keys


def test_an_extended_space_has_no_two_candidates_of_a_cell_that_are_one_operation():
    space = named_space("one", height=32, width=32, options="extended")

    candidates = cell_candidates(space, known_topology("unet"))

    assert candidates[(0, 0)][-3:] == EXTENDED_CANDIDATES[12:]
    assert len(candidates[(0, 0)]) == 12  # the three GroupConv of three channels are the ResConv


@pytest.mark.parametrize(
    ("reduced", "channels_in", "gmacs"), [(False, 216, 3.263), (True, 40, 1.679)]
)
def test_reduced_inputs_halve_the_multiplications_of_the_shipped_topology(
    shipped_topology, reduced, channels_in, gmacs
):
    space = replace(named_space(), reduced=reduced)

    whole = uniform_network(space, shipped_topology, "3x3_ResConv")

    # Cell (1, 0) reads (0, 0) three times, 8 channels, and (0, 3) and (0, 4), 64 and 128.
    cell = next(cell for cell in whole.cells if cell.place == (1, 0))
    assert whole.position(cell).channels_in == channels_in
    assert round(cost_of(operation_graph(whole)).macs / 1e9, 3) == gmacs


def test_a_network_of_a_space_is_reduced_if_the_space_is():
    topology = known_topology("unet")
    chosen = dict.fromkeys(topology.places, "Identity")

    kinds = [network(named_space(options=name), topology, chosen).kind for name in SPACES]

    assert kinds == ["network", "reduced_network"]
