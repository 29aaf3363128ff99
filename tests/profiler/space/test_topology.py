"""Topologies: the shipped gene in both orders, the backward walk, the known architectures."""

import pytest

from profiler.errors import DataInvalid, OperationInvalid
from profiler.space import KNOWN_TOPOLOGIES, Topology, grid, known_topology, named_space
from profiler.space.networks import uniform_network


def wiring(topology):
    return {cell.place: cell.inputs for cell in topology.cells}


def test_the_shipped_gene_decoded_compat_is_the_network_of_figure_9(shipped_topology):
    assert wiring(shipped_topology) == {
        (0, 0): (),
        (0, 1): ((0, 0),),
        (0, 2): ((0, 1),),
        (0, 3): ((0, 2),),
        (0, 4): ((0, 3),),
        (1, 0): ((0, 0), (0, 0), (0, 3), (0, 4), (0, 0)),
        (1, 1): ((0, 0), (0, 2), (0, 3), (0, 4), (0, 1)),
        (1, 3): ((0, 2), (0, 3), (0, 3)),
        (2, 0): ((1, 0), (1, 1)),
        (2, 1): ((1, 0), (1, 1), (1, 3)),
        (3, 0): ((2, 0), (2, 1)),
        (4, 0): ((3, 0),),
    }
    assert shipped_topology.skipped == ((1, 2), (2, 2), (3, 1))


def test_the_shipped_gene_decoded_consistently_prunes_no_cell(shipped_gene):
    topology = Topology.from_picks(shipped_gene.picks, "consistent")

    assert topology.skipped == ()
    assert wiring(topology)[(1, 0)] == ((0, 0), (0, 1), (0, 4))
    assert wiring(topology)[(1, 1)] == ((0, 1), (0, 3), (0, 4), (1, 0))
    assert wiring(topology)[(3, 1)] == ((2, 0), (3, 0))
    assert wiring(topology)[(4, 0)] == ((3, 1),)


@pytest.mark.parametrize(
    ("name", "channels"),
    [
        ("one", (3, 4, 8, 16, 32, 108, 124, 80, 12, 44, 12, 4)),
        ("two", (3, 8, 16, 32, 64, 216, 248, 160, 24, 88, 24, 8)),
        ("three", (3, 16, 32, 64, 128, 432, 496, 320, 48, 176, 48, 16)),
        ("four", (3, 32, 64, 128, 256, 864, 992, 640, 96, 352, 96, 32)),
        ("all_16", (3, 16, 16, 16, 16, 80, 80, 48, 32, 48, 32, 16)),
        ("all_32", (3, 32, 32, 32, 32, 160, 160, 96, 64, 96, 64, 32)),
        ("all_48", (3, 48, 48, 48, 48, 240, 240, 144, 96, 144, 96, 48)),
    ],
)
def test_fused_inputs_have_the_channels_of_table_1_5(shipped_topology, name, channels):
    network = uniform_network(named_space(name), shipped_topology, "3x3_ResConv")

    assert tuple(network.position(cell).channels_in for cell in network.cells) == channels


def test_compat_forgets_x_at_level_0_and_reads_past_the_skipped_cell():
    picks = {(1, 0): (2,), (1, 1): (2,), (2, 0): (0,)}

    topology = Topology.from_picks(picks, "compat")

    assert (1, 0) in topology.skipped
    assert wiring(topology)[(2, 0)] == ((0, 0), (0, 0))  # x past the skipped cell, then the skip


def test_consistent_keeps_the_cell_a_level_0_cell_reads_as_x():
    picks = {(1, 0): (1,), (1, 1): (1,), (2, 0): (2,)}

    topology = Topology.from_picks(picks, "consistent")

    assert wiring(topology)[(2, 0)] == ((1, 0),)


def test_consistent_reads_a_tensor_once():
    picks = {(1, 0): (0, 1, 3), (1, 1): (1,), (2, 0): (0, 2)}

    topology = Topology.from_picks(picks, "consistent")

    assert wiring(topology)[(1, 0)] == ((0, 0), (0, 1))  # x, C(0, 0) and the skip are one tensor
    assert wiring(topology)[(2, 0)] == ((1, 0),)


def test_the_encoder_skip_goes_to_the_first_running_cell_of_its_level_only():
    picks = {(1, 0): (1,), (1, 1): (2,), (2, 0): (0, 1)}

    topology = Topology.from_picks(picks, "consistent")

    assert wiring(topology)[(1, 0)] == ((0, 1), (0, 0))
    assert wiring(topology)[(1, 1)] == ((0, 2), (0, 1))
    assert wiring(topology)[(2, 0)] == ((1, 0), (1, 1))


def test_consistent_drops_encoder_cells_that_nothing_reads():
    picks = {(1, 0): (0,), (1, 1): (2,), (2, 0): (0,)}

    topology = Topology.from_picks(picks, "consistent")

    assert topology.places == ((0, 0), (1, 0), (2, 0))


def test_a_decoder_can_be_added_to_any_picks():
    picks = {(i, j): (1,) for i, j in grid(5) if i > 0}

    topology = Topology.from_picks(picks, "compat", add_decoder=True)

    assert (0, 4) in wiring(topology)[(1, 3)]
    assert (1, 3) in wiring(topology)[(2, 2)]
    assert (3, 1) in wiring(topology)[(4, 0)]


@pytest.mark.parametrize("decode", ["compat", "consistent"])
def test_unet_runs_the_deepest_cell_of_each_iteration(decode):
    topology = known_topology("unet", decode=decode)

    assert [cell for cell in wiring(topology).items() if cell[0][0] > 0] == [
        ((1, 3), ((0, 4), (0, 3))),
        ((2, 2), ((1, 3), (0, 2))),
        ((3, 1), ((2, 2), (0, 1))),
        ((4, 0), ((3, 1), (0, 0))),
    ]


def test_unetpp_reads_its_own_level_and_the_one_below():
    cells = wiring(known_topology("unetpp"))

    assert all(cells[(i, j)] == ((i - 1, j), (i - 1, j + 1)) for i, j in grid(5) if i > 0)


def test_dnanet_reads_the_level_above_as_well():
    cells = wiring(known_topology("dnanet_simplified"))

    assert cells[(2, 1)] == ((1, 1), (1, 2), (2, 0))
    assert cells[(2, 0)] == ((1, 0), (1, 1))


def test_the_meta_architecture_reads_everything():
    cells = wiring(known_topology("meta"))

    assert cells[(1, 1)] == ((0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (1, 0))
    assert len(cells) == 15


@pytest.mark.parametrize("name", KNOWN_TOPOLOGIES)
@pytest.mark.parametrize("decode", ["compat", "consistent"])
def test_every_known_topology_makes_a_network(name, decode):
    network = uniform_network(named_space(), known_topology(name, decode=decode), "3x3_ResConv")

    assert network.cells[-1].place == (4, 0)


def test_an_unknown_topology_is_refused_with_the_known_ones():
    with pytest.raises(OperationInvalid, match="unet, unetpp"):
        known_topology("resnet")


def test_picks_that_cut_the_output_off_are_refused():
    with pytest.raises(DataInvalid, match=r"cell \(1, 1\) keeps no input"):
        Topology.from_picks({(1, 0): (0,), (1, 1): (), (2, 0): (1,)}, "consistent")


def test_no_picks_at_all_are_a_network_of_one_cell():
    assert Topology.from_picks({}).places == ((0, 0),)


def test_a_pick_out_of_range_is_refused():
    with pytest.raises(DataInvalid, match=r"cell \(2, 0\) picks input 3; it has inputs 0 to 2"):
        Topology.from_picks({(1, 0): (0,), (1, 1): (0,), (2, 0): (3,)}, "consistent")
