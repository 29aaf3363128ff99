"""The files the official release ships, where they are there, and runs written in its manner."""

import json
import shutil

import pytest
import torch

from profiler.backends.torch_module import torch_module
from profiler.operations import Position, candidate_at
from profiler.space import Topology, grid, read_gene
from search.reference import read_configuration
from search.training.initialise import initialise

SHIPPED_GENE = """0.000_0.000000
enc_0_0_2_3_3_4_4
enc_0_1_3_4_5_6_6
enc_0_2_0_1_5_5_5
enc_0_3_0_1_2_3_5
enc_0_4_1_1_4_5_5
enc_1_0_0_1_4_5
enc_1_1_1_3_4_5
enc_1_2_2_2_5_5
enc_1_3_3_4_4_4
enc_2_0_1_1_2
enc_2_1_1_2_4
enc_2_2_2_3_4
enc_3_0_1_2
enc_3_1_0_3
enc_4_0_1
"""

THEIR_PARTS = {
    "shortcut_conv": "shortcut.0",
    "shortcut_bn": "shortcut.1",
    "conv1_vertical": "convblock_1.0",
    "conv1_horizontal": "convblock_1.1",
    "conv2_vertical": "convblock_2.0",
    "conv2_horizontal": "convblock_2.1",
    "expand": "inverted_bottleneck.conv",
    "bn_expand": "inverted_bottleneck.bn",
    "depth": "depth_conv.conv",
    "bn_depth": "depth_conv.bn",
    "project": "point_linear.conv",
    "bn_project": "point_linear.bn",
}
"""Our names to the release's, written down apart from the table that is tested."""


@pytest.fixture(autouse=True)
def one_thread():
    """Small tensors gain nothing from threads, and a busy machine makes them wait."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def shipped_run(data):
    folder = data / "weights" / "hna-nas" / "13_11_2023_00_37_52"
    if not folder.exists():
        pytest.skip(f"the shipped run is not there: {folder}")
    return folder


@pytest.fixture(scope="session")
def gene_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("gene") / "phase1_gene.txt"
    path.write_text(SHIPPED_GENE)
    return path


@pytest.fixture(scope="session")
def topology(gene_file):
    return Topology.from_picks(read_gene(gene_file).picks, "compat")


@pytest.fixture
def release(tmp_path, gene_file, topology):
    """Writes runs in the manner of the release: random weights, placeholders and all."""

    def write(document, *, size=32, prefix="", **more):
        run = tmp_path / "release" / "run"
        run.mkdir(parents=True, exist_ok=True)
        (run / "net.config").write_text(json.dumps(document))
        (run / "run.config").write_text(json.dumps({"dataset": "IRSTD-SIRST"}))
        shutil.copy(gene_file, run.parent / "phase1_gene.txt")
        configuration = read_configuration(run / "net.config")
        module = torch_module(configuration.network(more.pop("topology", topology), size=size))
        initialise(module, 7)
        state = their_state(module, configuration)
        torch.save(
            {"state_dict": {prefix + name: x for name, x in state.items()}, **more},
            run / "model_best.pth.tar",
        )
        return run, module

    return write


@pytest.fixture
def document():
    """A ``net.config`` by cell: what each is, how wide, and how many blocks."""

    def make(candidates, *, channels, topology, blocks=(1, 2, 2, 2, 2), **more):
        places = grid(len(channels))
        reads = {cell.place: cell.inputs for cell in topology.cells}
        entries = []
        for place in places:
            fused = sum(channels[level] for _, level in reads.get(place, ())) or 3
            entries.append(
                block(
                    candidates[place],
                    fused if place in reads else 1,
                    channels[place[1]],
                    blocks[place[1]] if place[0] == 0 else 1,
                )
            )
        return {"name": "ProxylessNASNets", "blocks": entries, "add_decoder": "False", **more}

    return make


def block(candidate, channels_in, channels_out, blocks):
    """One entry of ``blocks`` as the release writes it."""
    kernel, _, family = candidate.partition("_")
    entry = {
        "in_channels": channels_in,
        "out_channels": channels_out,
        "kernel_size": int(kernel[0]),
        "stride": 1,
        "num_blocks": blocks,
    }
    if family == "SpaConv":
        return {"name": "SpaConvLayer", **entry, "group": 1, "layer": "middle"}
    if family == "DepthSC" or family.startswith("MBConv"):
        expansion = int(family.removeprefix("MBConv")) if family != "DepthSC" else 1
        return {"name": "MBInvertedConvLayer", **entry, "expand_ratio": expansion}
    group = int(family.removeprefix("GroupConv")) if family.startswith("Group") else 1
    return {"name": "ResConvLayer", **entry, "group": group, "layer": "middle"}


def their_state(module, configuration):
    """The state dict of *module* under the release's names, with placeholders."""
    places = grid(configuration.levels)
    state, running = {}, set()
    for name, tensor in module.state_dict().items():
        owner, _, rest = name.partition(".")
        if owner == "head":
            kind = rest.removeprefix("conv.")
            state[f"post_transform_conv_block.conv_block.0.conv1.{kind}"] = tensor
            continue
        place = tuple(map(int, owner.split("_")[1:]))
        running.add(place)
        state[f"encoders.{places.index(place)}.operator.{their_parameter(rest)}"] = tensor
    for place in set(places) - running:
        cell = configuration.cells[place]
        where = Position(channels_in=1, channels_out=cell.channels_out, height=8, width=8)
        placeholder = torch_module(candidate_at(cell.candidate, where))
        for name, tensor in placeholder.state_dict().items():
            state[f"encoders.{places.index(place)}.operator.{their_parameter(name)}"] = tensor
    return state


def their_parameter(name):
    """The release's name of a parameter of a candidate."""
    number, part, kind = name.split(".")
    return f"conv_block.{number.removeprefix('block')}.{THEIR_PARTS.get(part, part)}.{kind}"
