"""MACs, weights, parameters and bytes: by hand, by the spec's table, by another counter."""

import csv
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from profiler.backends.torch_module import torch_module
from profiler.cost import cost_of
from profiler.operations import (
    ALL_CANDIDATES,
    NEW_CANDIDATES,
    Border,
    Concat,
    Head,
    MaxPool,
    Position,
    Resize,
    candidate_at,
    operation_graph,
)

SPEC_TABLE = Path(__file__).parents[3] / "shared/spec/tables/op_cost_two_resnet18.csv"

WIDER = {"channels_in": 8, "channels_out": 16, "blocks": 2}
SAME = {"channels_in": 8, "channels_out": 8}
IMAGE = {"channels_in": 3, "channels_out": 8}

BY_HAND = [
    # first block: 16*8*9 + 16*16*9 + shortcut 16*8; second: 2 * 16*16*9
    # extras: 5 biases of 16, 5 batch norms of 2*16
    ("3x3_ResConv", WIDER, 1152 + 2304 + 128 + 4608, 5 * 16 + 5 * 32),
    # a quarter of the above: four groups, the shortcut's too
    ("3x3_GroupConv4", WIDER, 288 + 576 + 32 + 1152, 5 * 16 + 5 * 32),
    # the image's 3 channels do not divide: as 3x3_ResConv; 8*3*9 + 8*8*9 + 8*3
    ("3x3_GroupConv8", IMAGE, 216 + 576 + 24, 3 * 8 + 3 * 16),
    # 8*8*9 / 8, twice, without a shortcut
    ("3x3_GroupConv8", SAME, 72 + 72, 2 * 8 + 2 * 16),
    # 8*8*49, twice
    ("7x7_ResConv", SAME, 3136 + 3136, 2 * 8 + 2 * 16),
    # first block: 16*8*3 + 3 * 16*16*3 + 16*8; second: 4 * 16*16*3; biases 5 + 4, norms 3 + 2
    ("3x3_SpaConv", WIDER, 384 + 2304 + 128 + 3072, 9 * 16 + 5 * 32),
    # 8*8*7, four times
    ("7x7_SpaConv", SAME, 4 * 448, 4 * 8 + 2 * 16),
    # width 8*2 = 16: 16*8 + 16*9 + 16*16, then 16*16 + 16*9 + 16*16; norms of 16, 16, 16, twice
    ("3x3_MBConv2", WIDER, 528 + 656, 2 * 3 * 32),
    # width 8*6 = 48: 48*8 + 48*25 + 16*48, then 48*16 + 48*25 + 16*48; norms of 48, 48, 16, twice
    ("5x5_MBConv6", WIDER, 2352 + 2736, 2 * (96 + 96 + 32)),
    # width 8*3 = 24: 24*8 + 24*49 + 8*24; norms of 24, 24, 8
    ("7x7_MBConv3", SAME, 192 + 1176 + 192, 48 + 48 + 16),
    # 8*9 + 16*8, then 16*9 + 16*16; norms of 8 and 16, then 16 and 16
    ("3x3_DepthSC", WIDER, 200 + 400, 16 + 32 + 32 + 32),
    # 3*25 + 8*3; norms of 3 and 8
    ("5x5_DepthSC", IMAGE, 75 + 24, 6 + 16),
]


def spec_rows():
    if not SPEC_TABLE.is_file():
        return []
    with SPEC_TABLE.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("name", "where", "weights", "extras"), BY_HAND)
def test_a_candidate_costs_what_it_costs_by_hand(name, where, weights, extras):
    operation = candidate_at(name, Position(height=5, width=7, batch=2, **where))

    cost = cost_of(operation_graph(operation))

    assert cost.conv_weights == weights
    assert cost.parameters == weights + extras
    assert cost.macs == weights * 5 * 7 * 2  # stride 1: every weight once for each pixel and image


@pytest.mark.skipif(not spec_rows(), reason=f"the spec's cost table is not at {SPEC_TABLE}")
def test_all_144_costs_of_the_spec_are_met():
    different = []
    for row in spec_rows():
        size = int(row["res"])
        position = Position(
            channels_in=int(row["c_in"]),
            channels_out=int(row["c_out"]),
            height=size,
            width=size,
            blocks=int(row["M"]),
        )
        cost = cost_of(operation_graph(candidate_at(row["op"], position)))
        stated = tuple(int(row[name]) for name in ("conv_macs", "conv_weights", "all_params"))
        if (cost.macs, cost.conv_weights, cost.parameters) != stated:
            different.append((row, cost))

    assert len(spec_rows()) == 144
    assert different == []


@pytest.mark.parametrize("name", ALL_CANDIDATES + NEW_CANDIDATES)
def test_torch_counts_the_same_multiplications_and_parameters(name):
    operation = candidate_at(name, Position(height=6, width=5, batch=2, **WIDER))
    module = torch_module(operation).eval()

    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(torch.zeros(2, 8, 6, 5))

    cost = cost_of(operation_graph(operation))
    assert counter.get_total_flops() == 2 * cost.macs
    assert sum(p.numel() for p in module.parameters()) == cost.parameters


def test_the_head_is_one_convolution_with_bias():
    cost = cost_of(operation_graph(Head(channels=8, height=4, width=6)))

    assert (cost.macs, cost.conv_weights, cost.parameters) == (8 * 24, 8, 9)


@pytest.mark.parametrize(
    "operation",
    [
        Resize(channels=8, height_in=4, width_in=4, height=8, width=8),
        MaxPool(channels=8, height=4, width=4),
        Concat(channels=(8, 16), height=4, width=4),
    ],
    ids=lambda operation: operation.kind,
)
def test_glue_multiplies_nothing_and_learns_nothing_but_moves_bytes(operation):
    cost = cost_of(operation_graph(operation))

    assert (cost.macs, cost.conv_weights, cost.parameters) == (0, 0, 0)
    assert cost.activation_bytes > 0


def test_activation_bytes_are_four_for_every_value_written():
    pooled = MaxPool(batch=3, channels=8, height=5, width=4)
    residual = candidate_at("3x3_ResConv", Position(height=4, width=4, **SAME))

    # 3 images x 8 channels x 2 x 2 pixels; seven primitives that write 8 x 4 x 4 values each
    assert cost_of(operation_graph(pooled)).activation_bytes == 3 * 8 * 4 * 4
    assert cost_of(operation_graph(residual)).activation_bytes == 7 * 8 * 16 * 4


def test_the_border_costs_its_producers():
    border = cost_of(operation_graph(Border(channels=(8, 16), height=4, width=4)))

    # each producer reads 8 channels: 8*8 and 8*16 weights, 8 and 16 biases
    assert border.conv_weights == 64 + 128
    assert border.parameters == 64 + 128 + 24
