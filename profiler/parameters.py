"""
The parameters of a graph: their names, shapes and a reproducible random value for each.

Torch modules and ONNX models name them alike, so weights move from one to the other by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np
from numpy.typing import NDArray

from profiler.graph import (
    BatchNorm,
    Convolution,
    Graph,
    Node,
    OnnxNode,
    TransposedConvolution,
)

Parameters = dict[str, NDArray[np.float32]]
"""Parameter name to float32 array."""

_BATCH_NORM = ("weight", "bias", "running_mean", "running_var")


def parameter_shapes(node: Node) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the name and shape of every tensor *node* holds, running statistics included."""
    match node.primitive:
        case Convolution() as convolution:
            yield f"{node.name}.weight", convolution.weight_shape
            if convolution.bias:
                yield f"{node.name}.bias", (convolution.channels_out,)
        case TransposedConvolution(channels_out=channels, weight_shape=shape):
            yield f"{node.name}.weight", shape
            yield f"{node.name}.bias", (channels,)
        case BatchNorm(channels=channels):
            for part in _BATCH_NORM:
                yield f"{node.name}.{part}", (channels,)
        case OnnxNode() as made_elsewhere:
            for part, shape in made_elsewhere.weights().values():
                yield f"{node.name}.{part}", shape
        case _:
            return


def random_parameters(graph: Graph, seed: int) -> Parameters:
    """
    Return random parameters that keep activations in the normal range.

    Zeros and denormals run faster or slower than real numbers on some devices, so what is
    measured runs on these.

    Args:
        graph: whose parameters.
        seed: equal seeds, equal parameters.
    """
    generator = np.random.default_rng(seed)
    parameters: Parameters = {}
    for node in graph.nodes:
        for name, shape in parameter_shapes(node):
            parameters[name] = _draw(generator, name.rsplit(".", 1)[1], shape)
    return parameters


def random_inputs(graph: Graph, seed: int) -> Parameters:
    """Return a standard-normal float32 array for every input of *graph*, by name."""
    generator = np.random.default_rng(seed)
    return {
        name: generator.standard_normal(shape, dtype=np.float32) for name, shape in graph.inputs
    }


def _draw(generator: np.random.Generator, part: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    if len(shape) == 4:
        spread = np.float32((2.0 / prod(shape[1:])) ** 0.5)  # He: keeps the variance under ReLU
        return generator.standard_normal(shape, dtype=np.float32) * spread
    noise = generator.standard_normal(shape, dtype=np.float32) * np.float32(0.05)
    if part in ("weight", "running_var"):
        return np.asarray(np.abs(1 + noise), dtype=np.float32)
    return noise
