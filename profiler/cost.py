"""
What an operation costs on paper: MACs, parameters, activation bytes, all from its graph.

A MAC is one multiply-accumulate of a convolution; biases, batch norm, activations, resampling
and pooling count none (spec/hna_nas.md section 3.7).  The reference calls MACs "FLOPs" and
convolution weights "params"; here each has its own name.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from profiler.graph import (
    BatchNorm,
    Convolution,
    Graph,
    Node,
    OnnxNode,
    TransposedConvolution,
)
from profiler.parameters import parameter_shapes

BYTES_PER_VALUE = 4
"""fp32."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """
    The cost of a graph.

    Args:
        macs: multiply-accumulates of all convolutions, for the whole batch.
        conv_weights: elements of all convolution weights (the reference's "params").
        parameters: all trainable numbers: weights, biases and batch-norm affine pairs.
        activation_bytes: bytes of every tensor the primitives write, in fp32.
    """

    macs: int
    conv_weights: int
    parameters: int
    activation_bytes: int


def cost_of(graph: Graph) -> Cost:
    """Return the cost of *graph*."""
    macs = conv_weights = parameters = 0
    for node in graph.nodes:
        match node.primitive:
            case Convolution() | TransposedConvolution() as convolution:
                weights = prod(convolution.weight_shape)
                macs += macs_of(node)
                conv_weights += weights
                biased = isinstance(convolution, TransposedConvolution) or convolution.bias
                parameters += weights + biased * convolution.channels_out
            case BatchNorm(channels=channels):
                parameters += 2 * channels
            case OnnxNode():
                macs += macs_of(node)
                parameters += sum(prod(shape) for _, shape in parameter_shapes(node))
            case _:
                pass
    return Cost(
        macs=macs,
        conv_weights=conv_weights,
        parameters=parameters,
        activation_bytes=sum(prod(node.shape) for node in graph.nodes) * BYTES_PER_VALUE,
    )


def macs_of(node: Node) -> int:
    """Return the multiply-accumulates of one primitive, for the whole batch."""
    match node.primitive:
        case OnnxNode() as made_elsewhere:
            return made_elsewhere.macs(node.shape)
        case _:
            pass
    n, _, h, w = node.shape
    match node.primitive:
        case Convolution(weight_shape=shape):
            return prod(shape) * n * h * w
        case TransposedConvolution(weight_shape=shape):
            return prod(shape) * n * (h // 2) * (w // 2)  # every weight once for each input pixel
        case _:
            return 0
