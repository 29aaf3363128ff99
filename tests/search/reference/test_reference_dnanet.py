"""DNANet checkpoints: which network they are of, told by their names and shapes alone."""

import json

import pytest
import torch

from profiler.errors import RunInvalid
from profiler.operations import DnaNet
from search.data.normalisation import IMAGENET
from search.reference import import_reference
from search.reference.dnanet import dnanet_of
from search.saved_network import load_network


@pytest.fixture
def golden_state(golden):
    shapes = json.loads((golden / "dnanet_three_resnet18_ds_keys.json").read_text())
    shapes = shapes.get("keys", shapes)
    return {name: torch.zeros(shape) for name, shape in shapes.items()}


def shapes_of(channels, blocks, heads, *, shortcut=True):
    """Names and shapes that tell one DNANet from another."""
    state = {}
    for level, width in enumerate(channels):
        for block in range(blocks[level]):
            state[f"conv{level}_0.{block}.conv1.weight"] = torch.zeros(width, 1, 3, 3)
    if shortcut:
        state["conv0_0.0.shortcut.0.weight"] = torch.zeros(1)
    names = ["final"] if heads == 1 else [f"final{n + 1}" for n in range(heads)]
    return state | {f"{name}.weight": torch.zeros(1) for name in names}


def test_the_published_network_is_recognised_by_its_shapes(golden_state):
    network = dnanet_of(golden_state, size=256)

    assert network == DnaNet(
        height=256,
        width=256,
        channels=(16, 32, 64, 128, 256),
        blocks=(2, 2, 2, 2),
        block="residual_cbam",
        heads=4,
    )


@pytest.mark.parametrize("blocks", [(1, 1, 1, 1), (3, 4, 6, 3)])
@pytest.mark.parametrize("heads", [1, 4])
def test_depth_and_heads_are_read_off_the_names(blocks, heads):
    channels = (16, 16, 32, 32, 64)

    network = dnanet_of(shapes_of(channels, (1, *blocks), heads), size=32)

    assert (network.channels, network.blocks, network.heads) == (channels, blocks, heads)


def test_blocks_without_a_shortcut_are_those_of_vgg():
    network = dnanet_of(shapes_of((16,) * 5, (1,) * 5, 1, shortcut=False), size=32)

    assert network.block == "vgg_cbam"


def test_a_state_dict_without_a_head_is_no_dnanet():
    state = shapes_of((16,) * 5, (1,) * 5, 1)
    del state["final.weight"]

    with pytest.raises(RunInvalid, match=r"5 level\(s\) and 0 head\(s\)"):
        dnanet_of(state, size=32)


def test_a_checkpoint_as_training_writes_it_is_imported(golden_state, tmp_path):
    for name in golden_state:
        if name.endswith("running_var"):
            golden_state[name] = torch.ones_like(golden_state[name])
    path = tmp_path / "mIoU__DNANet_NUDT-SIRST_epoch.pth.tar"
    torch.save({"epoch": 9, "state_dict": golden_state, "loss": 0.1, "mean_IOU": 0.8}, path)

    imported = import_reference(path, tmp_path / "run", size=16)

    network, module, normalisation = load_network(tmp_path / "run")
    assert network == imported.network
    assert normalisation == IMAGENET
    assert sum(parameter.numel() for parameter in module.parameters()) == 4_696_888


def test_a_dnanet_that_lacks_a_weight_is_refused_by_its_name(golden_state, tmp_path):
    del golden_state["conv0_1.0.bn1.weight"]
    path = tmp_path / "mIoU__DNANet_NUDT-SIRST_epoch.pth.tar"
    torch.save({"state_dict": golden_state}, path)

    with pytest.raises(RunInvalid, match=r"it lacks node_0_1\.block0\.bn1\.weight"):
        import_reference(path, tmp_path / "run", size=16)
