"""Which constants a network was trained with, read off its first batch norm."""

import pytest
import torch

from profiler.backends.torch_module import torch_module
from profiler.errors import DataInvalid
from profiler.operations import Cell, Network
from search.data.normalisation import IMAGENET, normalisation_of
from search.reference.normalisation import (
    named_normalisation,
    recognised_normalisation,
)
from search.training.initialise import initialise

NUAA = normalisation_of("NUAA-SIRST")


def network(candidate):
    cells = (Cell(iteration=0, level=0, inputs=(), candidate=candidate),)
    return Network(height=24, width=24, channels=(8,), cells=cells)


@pytest.fixture(params=["3x3_ResConv", "7x7_SpaConv", "5x5_MBConv6", "3x3_DepthSC"])
def trained(request):
    """A network whose batch norms have seen grey scenes under some constants, and nothing else."""

    def make(normalisation):
        described = network(request.param)
        module = torch_module(described)
        initialise(module, 3)
        generator = torch.Generator().manual_seed(3)
        grey = (torch.rand(16, 1, 24, 24, generator=generator) * 60 + 60).byte()
        scenes = grey.expand(-1, 3, -1, -1).permute(0, 2, 3, 1).numpy()
        images = torch.stack([torch.from_numpy(normalisation.apply(scene)) for scene in scenes])
        with torch.no_grad():
            for _ in range(60):
                module(images)
        return described, module.eval()

    return make


@pytest.mark.parametrize("dataset", ["NUAA-SIRST", "NUAA-SIRST-Old", None])
def test_imagenets_constants_are_recognised_whatever_the_configuration_says(trained, dataset):
    chosen = recognised_normalisation(*trained(IMAGENET), dataset)

    assert chosen.normalisation == IMAGENET
    assert chosen.why.startswith("ImageNet's: the first batch norm")


def test_where_the_constants_are_grey_the_data_set_says_which(trained):
    chosen = recognised_normalisation(*trained(NUAA), "NUAA-SIRST")

    assert chosen.normalisation == NUAA
    assert "decides nothing" not in chosen.why


@pytest.mark.parametrize("dataset", ["NUAA-SIRST-Old", "my images", None])
def test_grey_constants_of_a_data_set_nobody_knows_have_to_be_named(trained, dataset):
    with pytest.raises(DataInvalid, match="choose one of imagenet, nuaa, nudt, irstd"):
        recognised_normalisation(*trained(NUAA), dataset)


@pytest.mark.parametrize(
    ("dataset", "expected"), [("NUDT-SIRST", normalisation_of("NUDT-SIRST")), (None, IMAGENET)]
)
def test_statistics_that_decide_nothing_leave_it_to_the_data_set_and_say_so(dataset, expected):
    described = network("3x3_ResConv")
    module = torch_module(described)
    with torch.no_grad():
        module.cell_0_0.block0.bn1.running_mean.copy_(torch.tensor([9.0, -9.0] * 4))

    chosen = recognised_normalisation(described, module, dataset)

    assert chosen.normalisation == expected
    assert chosen.why.endswith("which decides nothing")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("imagenet", IMAGENET),
        ("nuaa", NUAA),
        ("nudt", normalisation_of("NUDT-SIRST")),
        ("irstd", normalisation_of("IRSTD-SIRST")),
    ],
)
def test_constants_can_be_asked_for_by_name(name, expected):
    assert named_normalisation(name).normalisation == expected


def test_another_name_is_refused_with_the_names_there_are():
    with pytest.raises(DataInvalid, match="'NUAA'; choose imagenet, nuaa"):
        named_normalisation("NUAA")
