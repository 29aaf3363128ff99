"""
Which normalisation a shipped checkpoint was trained with.

The release does not say: ``run.config`` names a data set, and the one checkpoint on NUAA-SIRST was
trained with ImageNet's constants all the same (spec/hna_nas.md 0.9); with those of the data set it
loses 3 points of IoU.  But the weights remember.  On infrared images, red = green = blue, so the
mean of every channel that reaches the first batch norm is a straight line in one unknown, the mean
grey of the training images.  Its running means lie on that line for the constants it was trained
with and off it for others.  Constants that are one number for all three colours cannot be told
apart this way; among them the data set's name decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from profiler.backends.torch_module import torch_module
from profiler.errors import DataInvalid
from profiler.operations import Network, candidate_at
from search.data.normalisation import IMAGENET, Normalisation, normalisation_of

NAMES = {
    "imagenet": "NUAA-SIRST-Old",
    "nuaa": "NUAA-SIRST",
    "nudt": "NUDT-SIRST",
    "irstd": "IRSTD-SIRST",
}
"""What a person calls the constants, and the data set of the release that has them."""

_GREY = normalisation_of("NUAA-SIRST")
_CLEARLY = 3.0
_SIDE = 15  # so that no padding reaches the middle, whatever the kernel


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenNormalisation:
    """
    The constants an imported network is fed with.

    Args:
        normalisation: the constants.
        why: how they were chosen, in a sentence.
    """

    normalisation: Normalisation
    why: str


def named_normalisation(name: str) -> ChosenNormalisation:
    """
    Return the constants a person asked for.

    Raises:
        DataInvalid: no constants have that name.
    """
    if name not in NAMES:
        raise DataInvalid(f"no normalisation is called {name!r}; choose {', '.join(NAMES)}")
    return ChosenNormalisation(
        normalisation=normalisation_of(NAMES[name]), why=f"{name}, as asked for"
    )


def recognised_normalisation(
    network: Network, module: nn.Module, dataset: str | None
) -> ChosenNormalisation:
    """
    Return the constants the first batch norm of a trained network remembers.

    Args:
        network: what *module* is.
        module: with the trained weights.
        dataset: name in ``run.config``; None where nobody says.

    Raises:
        DataInvalid: constants of some data set, and nobody says of which.
    """
    published = normalisation_of(dataset) if dataset else IMAGENET
    coloured, grey = (misfit(network, module, constants) for constants in (IMAGENET, _GREY))
    seen = f"the first batch norm is {coloured:.3f} off ImageNet's, {grey:.3f} off grey constants"
    if coloured * _CLEARLY < grey:
        return ChosenNormalisation(normalisation=IMAGENET, why=f"ImageNet's: {seen}")
    if grey * _CLEARLY < coloured and published == IMAGENET:
        raise DataInvalid(
            f"the network was not trained with ImageNet's normalisation ({seen}), and none is "
            f"published for the data set {dataset!r}; choose one of {', '.join(NAMES)}"
        )
    doubt = "" if grey * _CLEARLY < coloured else ", which decides nothing"
    source = f"those of {dataset}" if dataset else "ImageNet's, for want of a data set"
    return ChosenNormalisation(normalisation=published, why=f"{source}: {seen}{doubt}")


def misfit(network: Network, module: nn.Module, normalisation: Normalisation) -> float:
    """
    Return how far the first running means are off what grey images would give.

    Args:
        network: what *module* is.
        module: with the trained weights.
        normalisation: constants the training images may have had.

    Returns:
        Root mean square over channels, in standard deviations of each channel.
    """
    cell, norm = _first_cell(network, module)
    statistics = norm.state_dict()
    black, white = _reaching(cell, norm, _constant_images(normalisation))
    spread = torch.sqrt(statistics["running_var"] + norm.eps)  # C
    slope = (white - black) / spread  # C
    wanted = (statistics["running_mean"] - black) / spread  # C
    grey = (slope @ wanted) / (slope @ slope)
    return float((slope * grey - wanted).square().mean().sqrt())


def _constant_images(normalisation: Normalisation) -> Tensor:
    """Return a black and a white image, 2,3,H,W, as the network would get them."""
    images = (np.full((_SIDE, _SIDE, 3), level, dtype=np.uint8) for level in (0, 255))
    return torch.from_numpy(np.stack([normalisation.apply(image) for image in images]))


def _first_cell(network: Network, module: nn.Module) -> tuple[nn.Module, nn.BatchNorm2d]:
    """Return the cell that reads the image, on a small image, and its first batch norm."""
    first = network.cells[0]
    position = replace(network.position(first), height=_SIDE, width=_SIDE, batch=2)
    cell = torch_module(candidate_at(first.candidate, position)).eval()
    prefix = f"{first.name}."
    state = module.state_dict()
    cell.load_state_dict({name: state[prefix + name] for name in cell.state_dict()})
    return cell, next(norm for norm in cell.modules() if isinstance(norm, nn.BatchNorm2d))


def _reaching(cell: nn.Module, norm: nn.Module, images: Tensor) -> Tensor:
    """Return what *cell* hands to *norm* in the middle of each of *images*, N,C."""
    handed: list[Tensor] = []
    hook = norm.register_forward_pre_hook(lambda _, inputs: handed.append(inputs[0]))
    with torch.no_grad():
        cell(images)
    hook.remove()
    return handed[0][:, :, _SIDE // 2, _SIDE // 2]
