"""A campaign by a search space asks for what a search of that space asks for."""

import pytest

from lut_server.campaigns.selecting import operations_of_space
from lut_server.wire import CampaignRequest, DeviceSelection, SpaceSelection
from profiler.errors import HnaError, ServerRefused
from profiler.operations import ForeignOperation, operation_key
from profiler.space import (
    Gene,
    Topology,
    gene_text,
    grid,
    known_topology,
    named_space,
    random_networks,
    space_operations,
)
from profiler.space.candidate_sets import candidate_set
from profiler.space.inputs import input_operations

GENE = Gene(picks={place: (0, 4 - place[0]) for place in grid(5)})
"""The first cell of the iteration before, and the last."""

SMALL = {"channels": "one", "backbone": "resnet_10", "height": 96, "width": 96}


def keys(operations):
    return [operation_key(operation) for operation in operations]


@pytest.mark.parametrize("name", ["unet", "unetpp", "dnanet_simplified", "meta"])
def test_a_known_topology_gives_its_operations_and_networks(name):
    space = named_space("one", "resnet_10", height=96, width=96)
    topology = known_topology(name)
    networks = random_networks(space, topology, 6, seed=3)

    asked = operations_of_space(SpaceSelection(**SMALL, topology=name, networks=6, seed=3))

    assert keys(asked) == keys((*space_operations(space, topology), *networks))


@pytest.mark.parametrize("decode", ["consistent", "compat"])
def test_a_gene_gives_the_topology_it_decodes_to(decode):
    space = named_space(height=128, width=64)
    topology = Topology.from_picks(GENE.picks, decode)
    selection = SpaceSelection(height=128, width=64, gene=gene_text(GENE), decode=decode)

    assert keys(operations_of_space(selection)) == keys(space_operations(space, topology))


def test_inputs_are_what_stage_1_has_measured():
    space = named_space("one", "resnet_10", height=96, width=96)

    asked = operations_of_space(SpaceSelection(**SMALL, parts="inputs"))

    assert keys(asked) == keys(input_operations(space))


def test_candidates_are_names_or_sets_and_equal_ones_count_once():
    selection = SpaceSelection(
        **SMALL, topology="unet", candidates=("ResConv", "3x3_ResConv", "3x3_SpaConv")
    )
    names = (*candidate_set("ResConv"), "3x3_SpaConv")
    space = named_space("one", "resnet_10", height=96, width=96, candidates=names)

    asked = operations_of_space(selection)

    assert keys(asked) == keys(space_operations(space, known_topology("unet")))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"channels": "eleven"}, "unknown configuration 'eleven'"),
        ({"options": "huge"}, "unknown configuration 'huge'"),
        ({"topology": "resnet"}, "unknown topology 'resnet'"),
        ({"candidates": ("9x9_Conv",)}, "no candidate set is called '9x9_Conv'"),
        ({"gene": "0.000_0.0\nenc_0_0_9_9"}, "the gene, line 2"),
        ({"gene": "nothing"}, "the gene, line 1: 'nothing'"),
        ({"gene": gene_text(Gene(picks=dict.fromkeys(grid(3), (0,))))}, "is for 3 levels"),
        ({"height": 8}, "cannot be halved 4 times"),
        ({"candidates": ("single",), "networks": 2}, "the space has 1"),
    ],
)
def test_a_space_that_is_none_is_refused_by_its_name(changes, said):
    with pytest.raises(HnaError, match=said):
        operations_of_space(SpaceSelection(**(SMALL | changes)))


def test_what_is_known_by_name_only_is_refused_and_named(client, boards):
    foreign = ForeignOperation(format="proxylessnas", name="Conv-input:224x224x3")

    with pytest.raises(ServerRefused, match="known by name only") as refusal:
        boards.campaign([foreign])

    assert refusal.value.status == 422
    assert "Conv-input" in refusal.value.detail
    assert client.campaigns() == ()


def test_a_campaign_says_once_what_it_measures(bench):
    devices = DeviceSelection(models=("pi",))

    for fields in ({}, {"space": SpaceSelection(), "operations": (bench.operation(),)}):
        with pytest.raises(ValueError, match="say what to measure: operations, or a space"):
            CampaignRequest(name="none or both", devices=devices, **fields)


def test_inputs_have_neither_gene_nor_networks():
    with pytest.raises(ValueError, match="inputs belong to no topology"):
        SpaceSelection(parts="inputs", networks=5)
