"""``net.config`` files: operations, widths and blocks as they stand there, whatever they are."""

import json

import pytest

from profiler.errors import DataInvalid
from profiler.space import (
    BLOCKS,
    CHANNELS,
    grid,
    known_topology,
    named_space,
    uniform_network,
)
from search.reference import read_configuration


@pytest.fixture
def config_file(tmp_path):
    def write(content):
        path = tmp_path / "net.config"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def test_the_shipped_configurations_have_width_two_and_resnet_18(golden, topology):
    for path in sorted((golden / "fixtures").glob("*.net.config.json")):
        configuration = read_configuration(path)
        network = configuration.network(topology, size=256)

        assert configuration.channels == CHANNELS["two"]
        assert tuple(c.blocks for c in network.cells if c.iteration == 0) == BLOCKS["resnet_18"]
        assert {c.blocks for c in network.cells if c.iteration > 0} == {1}


def test_the_cpu_network_has_the_expansion_of_the_older_fifteen_candidates(golden):
    configuration = read_configuration(golden / "fixtures" / "cpu_26_10.net.config.json")

    assert configuration.candidates[(2, 2)] == configuration.candidates[(3, 1)] == "3x3_MBConv3"
    assert configuration.candidates[(1, 1)] == "5x5_SpaConv"


@pytest.mark.parametrize("backbone", BLOCKS)
@pytest.mark.parametrize("channels", CHANNELS)
def test_every_width_and_depth_is_read_from_the_file(
    config_file, document, topology, channels, backbone
):
    space = named_space(channels, backbone, height=32, width=32)
    written = document(
        dict.fromkeys(grid(5), "3x3_GroupConv4"),
        channels=space.channels,
        blocks=space.blocks,
        topology=topology,
    )

    network = read_configuration(config_file(written)).network(topology, size=32)

    assert network == uniform_network(space, topology, "3x3_GroupConv4")


def test_another_number_of_levels_is_a_grid_of_its_own(config_file, document):
    topology = known_topology("unet", levels=3, decode="compat")
    candidates = dict.fromkeys(grid(3), "5x5_DepthSC")
    written = document(candidates, channels=(4, 8, 16), blocks=(1, 1, 1), topology=topology)

    configuration = read_configuration(config_file(written))

    assert (configuration.levels, configuration.channels) == (3, (4, 8, 16))
    assert configuration.network(topology, size=16).cells[-1].candidate == "5x5_DepthSC"


def test_a_gene_of_another_network_is_told_by_the_first_cell_whose_width_differs(golden, topology):
    configuration = read_configuration(golden / "fixtures" / "gpu_27_10.net.config.json")

    with pytest.raises(DataInvalid, match=r"cell \(1, 0\) reads 32 channels by the gene and 216"):
        configuration.network(known_topology("unetpp", decode="compat"), size=32)


def test_cells_of_a_level_have_one_width(config_file, document, topology):
    written = document(
        dict.fromkeys(grid(5), "3x3_ResConv"), channels=CHANNELS["one"], topology=topology
    )
    written["blocks"][6]["out_channels"] = 9

    with pytest.raises(DataInvalid, match=r"cell \(1, 1\) makes 9 channels and cell \(0, 1\) 8"):
        read_configuration(config_file(written))


def test_batch_norms_with_other_constants_are_refused(config_file, document, topology):
    written = document(
        dict.fromkeys(grid(5), "3x3_ResConv"),
        channels=CHANNELS["one"],
        topology=topology,
        bn={"momentum": 0.1, "eps": 0.001},
    )

    with pytest.raises(DataInvalid, match=r"0\.001"):
        read_configuration(config_file(written))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"blocks": []}',
        '{"blocks": [{"name": "ZeroLayer", "kernel_size": 3}]}',
        '{"blocks": [{}, {}]}',
    ],
)
def test_a_file_that_is_no_configuration_is_refused(config_file, text):
    with pytest.raises(DataInvalid, match=r"net\.config"):
        read_configuration(config_file(text))
