"""Published networks in every runtime at hand: one definition, the same numbers."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from profiler.backends.onnx_model import onnx_model
from profiler.backends.registry import open_backend
from profiler.backends.torch_module import load_parameters, torch_module
from profiler.cost import cost_of
from profiler.operations import Acm, DnaNet, UNet, UNetPlusPlus, operation_graph
from profiler.parameters import random_inputs, random_parameters

NARROW = {"channels": (4, 6, 8, 8, 8), "blocks": (1, 2, 1, 1)}
WIDE = {"channels": (16, 16, 16, 32, 32), "blocks": (1, 2, 1, 1)}
SQUARE, ODD = {"height": 64, "width": 64}, {"height": 37, "width": 54}
ACM = {"channels": (4, 8, 8, 16), "blocks": (1, 2, 1)}

NETWORKS = [
    DnaNet(heads=4, **WIDE, **SQUARE),
    DnaNet(block="vgg_cbam", batch=2, **WIDE, **ODD),
    UNet(**NARROW, **SQUARE),
    UNet(block="residual", **NARROW, **ODD),
    UNetPlusPlus(heads=4, **NARROW, **SQUARE),
    UNetPlusPlus(block="residual_cbam", **WIDE, **ODD),
    Acm(decoder="fpn", **ACM, **SQUARE),
    Acm(decoder="unet", **ACM, **SQUARE),
    Acm(decoder="fpn", batch=2, **ACM, **ODD),
    Acm(decoder="unet", batch=2, **ACM, **ODD),
]
each_network = pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.kind)


def one_threaded(model):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


@each_network
def test_onnx_runtime_computes_what_torch_computes(network):
    graph = operation_graph(network)
    parameters, inputs = random_parameters(graph, seed=1), random_inputs(graph, seed=2)
    model = onnx_model(graph, parameters)
    onnx.checker.check_model(model, full_check=True)
    module = torch_module(network).eval()
    load_parameters(module, parameters)

    (from_onnx,) = one_threaded(model).run(None, inputs)
    with torch.no_grad():
        from_torch = module(torch.from_numpy(inputs["image"])).numpy()

    assert from_torch.shape == from_onnx.shape == graph.output_shape
    assert from_torch.std() > 1e-3  # a constant would agree with anything
    np.testing.assert_allclose(from_onnx, from_torch, atol=1e-4 * np.abs(from_torch).max())


@each_network
def test_torch_counts_the_same_multiplications_and_parameters(network):
    module = torch_module(network).eval()
    image = torch.zeros(network.batch, 3, network.height, network.width)

    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(image)

    cost = cost_of(operation_graph(network))
    assert counter.get_total_flops() == 2 * cost.macs
    assert sum(weights.numel() for weights in module.parameters()) == cost.parameters


@pytest.mark.parametrize("backend", ["simulated", "onnxruntime"])
@pytest.mark.parametrize("network", [NETWORKS[0], NETWORKS[2], NETWORKS[4], NETWORKS[7]])
def test_a_baseline_is_measured_like_any_operation(backend, network):
    with open_backend(backend).prepare(network) as execute:
        latency_us = execute(1)

    assert 0 < latency_us < 60e6


def test_deep_supervision_reaches_every_parameter():
    network = DnaNet(heads=2, height=8, width=8, channels=(16, 16, 16), blocks=(1, 1), batch=2)
    module = torch_module(network).train()
    load_parameters(module, random_parameters(operation_graph(network), seed=0))

    module(torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))).sum().backward()

    assert all(weights.grad is not None for weights in module.parameters())
