"""Outputs without a gradient: equal to the module's own, and what batch norms remember of them."""

import copy

import pytest
import torch

from profiler.backends.torch_module import torch_module
from profiler.operations import DEFAULT_CANDIDATES, Position, candidate_at
from search.stage2.sliced import SLICE, output_without_gradient

NAMES = (*DEFAULT_CANDIDATES, "3x3_DepthSC")
POSITION = Position(channels_in=24, channels_out=8, height=6, width=5, blocks=2)


@pytest.fixture
def images():
    return torch.randn(3, 24, 6, 5, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def build():
    """Build a candidate whose batch norms scale and shift every channel differently."""

    def made(name, position=POSITION):
        torch.manual_seed(0)
        candidate = torch_module(candidate_at(name, position)).train()
        for name, parameter in candidate.named_parameters():
            if ".bn" in name:
                torch.nn.init.uniform_(parameter, 0.5, 1.5)
        return candidate

    return made


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("training", [True, False])
def test_the_output_is_that_of_the_candidate_itself(build, images, name, training):
    candidate = build(name).train(training)
    twin = copy.deepcopy(candidate)

    sliced = output_without_gradient(candidate, images)

    torch.testing.assert_close(sliced, twin(images), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("channels_in", [1, SLICE // 6, SLICE // 2, 3 * SLICE // 6 + 1])
def test_a_middle_of_any_width_is_cut_into_slices(build, channels_in):
    candidate = build("5x5_MBConv6", Position(channels_in=channels_in, channels_out=4, height=4,
                                              width=4, blocks=1))  # fmt: skip
    x = torch.randn(2, channels_in, 4, 4)

    sliced = output_without_gradient(candidate, x)

    torch.testing.assert_close(sliced, candidate(x), rtol=1e-4, atol=1e-5)


def test_channels_last_images_stay_channels_last(build, images):
    candidate = build("3x3_MBConv4").to(memory_format=torch.channels_last)

    sliced = output_without_gradient(candidate, images.to(memory_format=torch.channels_last))

    assert sliced.is_contiguous(memory_format=torch.channels_last)


def test_batch_norms_that_remember_learn_what_the_candidate_itself_teaches_them(build, images):
    candidate = build("3x3_MBConv4")
    twin = copy.deepcopy(candidate)

    output_without_gradient(candidate, images)
    twin(images)

    learned = {n: t for n, t in candidate.state_dict().items() if "running" in n}
    for name, tensor in learned.items():
        torch.testing.assert_close(tensor, twin.state_dict()[name], rtol=1e-4, atol=1e-6)


def test_batch_norms_told_not_to_remember_stay_as_they_are(build, images):
    candidate = build("3x3_MBConv4")
    for module in candidate.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.track_running_stats = False
    before = copy.deepcopy(candidate.state_dict())

    output_without_gradient(candidate, images)

    assert all(torch.equal(t, before[n]) for n, t in candidate.state_dict().items())


def test_the_wide_middle_never_exists(build):
    candidate = build("5x5_MBConv6", Position(channels_in=64, channels_out=8, height=16, width=16,
                                              blocks=1))  # fmt: skip
    x = torch.randn(1, 64, 16, 16)

    with Widest() as seen:
        output_without_gradient(candidate, x)
    with Widest() as seen_plain, torch.no_grad():
        candidate(x)

    assert seen.channels == SLICE
    assert seen_plain.channels == 6 * 64


class Widest(torch.overrides.TorchFunctionMode):
    """Notes the most channels any function of torch returned."""

    channels = 0

    def __torch_function__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor) and result.dim() == 4 and result.shape[2] > 1:
            self.channels = max(self.channels, result.shape[1])
        return result
