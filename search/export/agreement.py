"""How far an exported model is from the torch module it was made of."""

from __future__ import annotations

import copy
from collections.abc import Iterable

import numpy as np
import torch
from torch import nn

from profiler.errors import BackendFailed
from profiler.operations import SegmentationNetwork
from search.any_size import AnySize
from search.export.onnx_module import OnnxModule

TOLERANCE = 1e-4
"""Largest accepted difference of a float32 logit, relative to the largest logit."""

Shape = tuple[int, int, int, int]
"""N, C, H, W."""

ODD_SIZES = ((2, 131, 98), (1, 61, 127))
"""N, H and W at which a model of any size is checked, besides its network's own."""


def checked_shapes(network: SegmentationNetwork, *, dynamic: bool) -> tuple[Shape, ...]:
    """Return the shapes of images on which a model of *network* is compared with torch."""
    channels = network.channels_in
    own = (network.batch, channels, network.height, network.width)
    return (own, *((n, channels, h, w) for n, h, w in ODD_SIZES)) if dynamic else (own,)


def largest_difference(
    content: bytes, network: SegmentationNetwork, module: nn.Module, shapes: Iterable[Shape]
) -> float:
    """
    Return the largest difference of a logit, relative to the largest logit, on random images.

    Args:
        content: the ONNX model.
        network: what *module* is; it is described anew for images of another size.
        module: the trained module, left as it is.
        shapes: of the images.

    Raises:
        BackendFailed: ONNX Runtime cannot run the model, or a logit is no number.
    """
    exported = OnnxModule(content)
    twin = copy.deepcopy(module).cpu().eval()
    own = (network.height, network.width)
    return max(
        _difference(exported, twin if shape[2:] == own else AnySize(network, twin).eval(), shape)
        for shape in shapes
    )


def _difference(exported: nn.Module, module: nn.Module, shape: Shape) -> float:
    images = torch.from_numpy(np.random.default_rng(0).standard_normal(shape, dtype=np.float32))
    with torch.inference_mode():
        expected, found = module(images), exported(images)
    if not found.isfinite().all():
        raise BackendFailed(f"the exported model gives a logit that is no number, at {shape}")
    return float((found - expected).abs().max() / expected.abs().max().clamp(min=1e-12))
