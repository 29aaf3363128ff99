"""Networks of the zoo by name."""

import pytest
import torch

from profiler.backends.torch_module import torch_module
from profiler.errors import OperationInvalid
from profiler.operations import Acm, DnaNet, UNet, UNetPlusPlus
from search.data.normalisation import IMAGENET
from search.saved_network import load_network, save_network
from search.zoo import BACKBONES, ZOO, zoo_network


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("DNANet", DnaNet),
        ("dnanet", DnaNet),
        ("UNET", UNet),
        ("UNetPlusPlus", UNetPlusPlus),
        ("unet++", UNetPlusPlus),
        ("ACM-FPN", Acm),
        ("acm-unet", Acm),
    ],
)
def test_a_name_is_known_in_any_case(name, kind):
    assert type(zoo_network(name)) is kind


def test_the_default_is_the_published_dnanet():
    assert zoo_network("DNANet") == DnaNet(
        height=256,
        width=256,
        channels=(16, 32, 64, 128, 256),
        blocks=(2, 2, 2, 2),
        block="residual_cbam",
        heads=4,
    )


def test_a_backbone_says_how_many_blocks_there_are_and_which():
    networks = {name: zoo_network("DNANet", backbone=name) for name in BACKBONES}
    plain = {name: zoo_network("UNet", backbone=name) for name in BACKBONES}

    assert {name: n.blocks for name, n in networks.items()} == {
        "vgg_10": (1, 1, 1, 1),
        "resnet_10": (1, 1, 1, 1),
        "resnet_18": (2, 2, 2, 2),
        "resnet_34": (3, 4, 6, 3),
    }
    assert [networks[name].block for name in ("vgg_10", "resnet_10")] == [
        "vgg_cbam",
        "residual_cbam",
    ]
    assert [plain[name].block for name in ("vgg_10", "resnet_34")] == ["vgg", "residual"]


def test_deep_supervision_is_for_networks_that_have_it():
    heads = {
        name: [zoo_network(name, deep_supervision=supervised).heads for supervised in (True, False)]
        for name in ZOO
    }

    assert heads == {
        "DNANet": [4, 1],
        "UNet": [1, 1],
        "UNetPlusPlus": [4, 1],
        "ACM-FPN": [1, 1],
        "ACM-UNet": [1, 1],
    }


def test_acm_has_its_published_widths_at_the_default_size_and_their_multiples_at_others():
    assert zoo_network("ACM-FPN").channels == (8, 16, 32, 64)
    assert zoo_network("ACM-FPN", channel_size="four").channels == (16, 32, 64, 128)


def test_size_and_batch_are_those_asked_for():
    network = zoo_network("UNet", height=64, width=96, batch=2)

    assert (network.height, network.width, network.batch) == (64, 96, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": "YOLO"}, "unknown model 'YOLO'; known are DNANet, UNet, UNetPlusPlus, ACM-FPN"),
        ({"model": "DNANet", "backbone": "vgg10"}, "backbone 'vgg10'; known are vgg_10, resnet_10"),
        ({"model": "ACM-FPN", "backbone": "resnet_20"}, "unknown backbone 'resnet_20'"),
        ({"model": "UNet", "channel_size": "five"}, "channel size 'five'; known are one, two"),
        ({"model": "DNANet", "channel_size": "two"}, "use 16 channels or more"),
        ({"model": "UNet", "height": 15}, "15x256 pixels cannot be halved"),
    ],
)
def test_what_is_not_known_is_refused_with_what_is(arguments, message):
    with pytest.raises(OperationInvalid, match=message):
        zoo_network(**arguments)


@pytest.mark.parametrize("name", ["UNet++", "ACM-UNet"])
def test_a_saved_zoo_network_comes_back_at_another_size(name, tmp_path):
    network = zoo_network(name, channel_size="one", backbone="resnet_10", height=32, width=32)
    module = torch_module(network)
    save_network(network, module, tmp_path, normalisation=IMAGENET)

    found, loaded, _ = load_network(tmp_path, size=48)

    assert found == zoo_network(name, channel_size="one", backbone="resnet_10", height=48, width=48)
    assert loaded(torch.zeros(1, 3, 48, 48)).shape == (1, network.heads, 48, 48)
    assert all(torch.equal(x, module.state_dict()[n]) for n, x in loaded.state_dict().items())
