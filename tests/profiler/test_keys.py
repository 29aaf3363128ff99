"""Keys, digests and JSON: how an operation is named everywhere."""

import hashlib
import json
from dataclasses import MISSING, fields
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiler.errors import OperationInvalid
from profiler.operations import (
    ALL_CANDIDATES,
    NEW_CANDIDATES,
    Acm,
    Border,
    Cell,
    Concat,
    DnaNet,
    ForeignOperation,
    Head,
    Identity,
    InvertedConv,
    MaxPool,
    NarrowResidualConv,
    NarrowSpatialConv,
    Network,
    OnnxCell,
    OnnxCellNode,
    Operation,
    PlacedOperation,
    ReducedNetwork,
    ResidualConv,
    Resize,
    SpatialConv,
    UNet,
    UNetPlusPlus,
    operation_digest,
    operation_from_json,
    operation_key,
    operation_to_json,
)

NETWORK = Network(
    height=32,
    width=48,
    channels=(8, 16),
    cells=(
        Cell(iteration=0, level=0, inputs=(), candidate="3x3_ResConv"),
        Cell(iteration=0, level=1, inputs=((0, 0),), candidate="5x5_MBConv6", blocks=2),
        Cell(iteration=1, level=0, inputs=((0, 0), (0, 1)), candidate="7x7_SpaConv"),
    ),
)

KEYS = {
    ForeignOperation(format="proxylessnas", name="Conv-input:224x224x3"): (
        "foreign/batch=1/format=proxylessnas/name=Conv-input:224x224x3"
    ),
    OnnxCell(
        inputs=((1, 3, 8, 8),),
        nodes=(
            OnnxCellNode(
                op_type="Conv",
                reads=("@", "float32[8,3,1,1]"),
                tensors=("input0",),
                attributes=("group=1",),
                shape=(1, 8, 8, 8),
            ),
            OnnxCellNode(op_type="Relu", reads=("@",), tensors=("node0",), shape=(1, 8, 8, 8)),
        ),
    ): (
        "onnx_cell/batch=1/inputs=1x3x8x8/nodes=input0>Conv(@|float32[8,3,1,1]|group=1)>1x8x8x8;"
        "node0>Relu(@)>1x8x8x8"
    ),
    ResidualConv(channels_in=8, channels_out=16, height=32, width=48, groups=4): (
        "residual/batch=1/channels_in=8/channels_out=16/height=32/width=48/blocks=1/kernel=3/groups=4"
    ),
    SpatialConv(channels_in=8, channels_out=16, height=32, width=48, blocks=2, kernel=7): (
        "spatial/batch=1/channels_in=8/channels_out=16/height=32/width=48/blocks=2/kernel=7"
    ),
    InvertedConv(batch=2, channels_in=8, channels_out=8, height=32, width=48, expansion=6): (
        "inverted/batch=2/channels_in=8/channels_out=8/height=32/width=48/blocks=1/kernel=3/expansion=6"
    ),
    NarrowResidualConv(channels_in=8, channels_out=16, height=32, width=48, blocks=2): (
        "narrow_residual/batch=1/channels_in=8/channels_out=16/height=32/width=48/blocks=2/kernel=3"
    ),
    NarrowSpatialConv(channels_in=8, channels_out=16, height=32, width=48, kernel=5): (
        "narrow_spatial/batch=1/channels_in=8/channels_out=16/height=32/width=48/blocks=1/kernel=5"
    ),
    Identity(channels_in=8, channels_out=16, height=32, width=48): (
        "identity/batch=1/channels_in=8/channels_out=16/height=32/width=48"
    ),
    PlacedOperation(
        operation=InvertedConv(channels_in=24, channels_out=8, height=32, width=48, expansion=4),
        sources=(8, 16),
        resampled=((16, 24), (64, 96)),
    ): (
        "placed/operation=inverted,batch=1,channels_in=24,channels_out=8,height=32,width=48,"
        "blocks=1,kernel=3,expansion=4/sources=8,16/resampled=16x24,64x96"
    ),
    Resize(channels=8, height_in=16, width_in=24, height=32, width=48): (
        "resize/batch=1/channels=8/height_in=16/width_in=24/height=32/width=48"
    ),
    MaxPool(channels=8, height=32, width=48): "max_pool/batch=1/channels=8/height=32/width=48",
    Concat(channels=(8, 16, 8), height=32, width=48): (
        "concat/batch=1/channels=8,16,8/height=32/width=48"
    ),
    Head(channels=8, height=32, width=48): "head/batch=1/channels=8/height=32/width=48",
    Border(channels=(8, 16), height=32, width=48): (
        "border/batch=1/channels=8,16/height=32/width=48"
    ),
    NETWORK: (
        "network/batch=1/channels_in=3/height=32/width=48/channels=8,16/cells="
        "0.0:image>3x3_ResConv*1;0.1:0.0>5x5_MBConv6*2;1.0:0.0+0.1>7x7_SpaConv*1"
    ),
    ReducedNetwork(height=32, width=48, channels=(8, 16), cells=NETWORK.cells): (
        "reduced_network/batch=1/channels_in=3/height=32/width=48/channels=8,16/cells="
        "0.0:image>3x3_ResConv*1;0.1:0.0>5x5_MBConv6*2;1.0:0.0+0.1>7x7_SpaConv*1"
    ),
    DnaNet(height=32, width=48, channels=(16, 16, 32), blocks=(2, 1), heads=2): (
        "dnanet/batch=1/channels_in=3/height=32/width=48/channels=16,16,32/blocks=2,1"
        "/block=residual_cbam/heads=2"
    ),
    UNet(height=32, width=48, channels=(4, 8, 16), blocks=(2, 1), channels_in=1): (
        "unet/batch=1/channels_in=1/height=32/width=48/channels=4,8,16/blocks=2,1/block=vgg"
    ),
    UNetPlusPlus(height=32, width=48, channels=(4, 8, 16), blocks=(1, 1), block="residual"): (
        "unetpp/batch=1/channels_in=3/height=32/width=48/channels=4,8,16/blocks=1,1"
        "/block=residual/heads=1"
    ),
    Acm(height=32, width=48, decoder="fpn"): (
        "acm/batch=1/channels_in=3/height=32/width=48/channels=8,16,32,64/blocks=3,3,3/decoder=fpn"
    ),
}
"""One operation of each kind.  A key that changes here orphans every table in the field."""

one_of_each_kind = pytest.mark.parametrize("operation", KEYS, ids=lambda o: o.kind)

COUNT, CHANNELS, PIXELS = st.integers(1, 3), st.integers(1, 9), st.integers(8, 40)
KERNEL = st.sampled_from([1, 3, 5, 7])
WHERE = {
    "batch": COUNT, "channels_in": CHANNELS, "channels_out": CHANNELS, "height": PIXELS,
    "width": PIXELS, "blocks": COUNT, "kernel": KERNEL,
}  # fmt: skip
MAP = {"batch": COUNT, "height": PIXELS, "width": PIXELS}
SEVERAL = st.lists(CHANNELS, min_size=2, max_size=4).map(tuple)


CANDIDATES = st.one_of(
    st.builds(ResidualConv, **WHERE),
    st.builds(SpatialConv, **WHERE),
    st.builds(InvertedConv, expansion=COUNT, **WHERE),
    st.builds(NarrowResidualConv, **WHERE),
    st.builds(NarrowSpatialConv, **WHERE),
    st.builds(Identity, channels_in=CHANNELS, channels_out=CHANNELS, **MAP),
)


@st.composite
def placed_operations(draw):
    operation = draw(CANDIDATES)
    first = draw(st.integers(1, operation.channels_in))
    rest = operation.channels_in - first
    fewest = 0 if rest else 1  # else it would be the bare candidate
    asked = st.tuples(PIXELS, PIXELS)
    if operation.channels_out > 1:
        asked |= st.tuples(PIXELS, PIXELS, st.integers(1, operation.channels_out - 1))
    sizes = draw(st.lists(asked, min_size=fewest, max_size=3))
    return PlacedOperation(
        operation=operation, sources=(first, rest) if rest else (first,), resampled=tuple(sizes)
    )


@st.composite
def networks(draw):
    names = st.sampled_from(ALL_CANDIDATES + NEW_CANDIDATES)
    kind = draw(st.sampled_from([Network, ReducedNetwork]))
    cells = [Cell(iteration=0, level=0, inputs=(), candidate=draw(names), blocks=draw(COUNT))]
    for level in range(1, draw(COUNT)):
        cells.append(
            Cell(iteration=0, level=level, inputs=((0, level - 1),), candidate=draw(names))
        )
    sources = draw(st.lists(st.sampled_from([c.place for c in cells]), min_size=1, unique=True))
    cells.append(Cell(iteration=1, level=0, inputs=tuple(sources), candidate=draw(names)))
    return kind(height=draw(PIXELS), width=draw(PIXELS), channels=(8, 16, 24), cells=tuple(cells))


NESTED = {
    "channels": st.lists(st.integers(16, 18), min_size=3, max_size=3).map(tuple),
    "blocks": st.tuples(COUNT, COUNT),
    "block": st.sampled_from(["vgg", "vgg_cbam", "residual", "residual_cbam"]),
    **MAP,
}
BASELINES = st.one_of(
    st.builds(DnaNet, heads=st.integers(1, 2), **NESTED),
    st.builds(UNet, **NESTED),
    st.builds(UNetPlusPlus, heads=st.integers(1, 2), **NESTED),
    st.builds(
        Acm,
        channels=st.lists(st.integers(4, 6), min_size=4, max_size=4).map(tuple),
        blocks=st.tuples(COUNT, COUNT, COUNT),
        decoder=st.sampled_from(["fpn", "unet"]),
        **MAP,
    ),
)

OPERATIONS = st.one_of(
    BASELINES,
    CANDIDATES,
    placed_operations(),
    st.builds(Resize, channels=CHANNELS, height_in=PIXELS, width_in=PIXELS, **MAP),
    st.builds(MaxPool, channels=CHANNELS, **MAP),
    st.builds(Concat, channels=SEVERAL, **MAP),
    st.builds(Head, channels=CHANNELS, **MAP),
    st.builds(Border, channels=SEVERAL, **MAP),
    networks(),
)


def test_there_is_a_key_of_each_kind_here():
    assert {type(operation) for operation in KEYS} == set(get_args(get_args(Operation)[0]))


@one_of_each_kind
def test_a_key_is_this_text_on_every_device_and_in_every_release(operation):
    assert operation_key(operation) == KEYS[operation]


def test_a_digest_is_the_sha256_of_the_key():
    head = Head(channels=8, height=32, width=48)

    expected = hashlib.sha256(b"head/batch=1/channels=8/height=32/width=48").hexdigest()

    assert operation_digest(head) == expected


@settings(max_examples=200, deadline=None, derandomize=True)
@given(operation=OPERATIONS)
def test_any_operation_survives_json(operation):
    text = json.dumps(operation_to_json(operation))

    returned = operation_from_json(json.loads(text))

    assert returned == operation
    assert operation_key(returned) == operation_key(operation)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(left=OPERATIONS, right=OPERATIONS)
def test_two_operations_have_one_key_exactly_if_they_are_equal(left, right):
    assert (operation_key(left) == operation_key(right)) == (left == right)


@one_of_each_kind
def test_an_unknown_field_is_refused_by_name_with_the_fields_there_are(operation):
    document = operation_to_json(operation) | {"stride": 2}
    names = ", ".join(field.name for field in fields(operation) if field.name != "kind")

    with pytest.raises(
        OperationInvalid, match=rf"^{operation.kind}: unknown field stride; the fields are {names}$"
    ):
        operation_from_json(document)


@one_of_each_kind
def test_every_missing_field_without_a_default_is_named(operation):
    for field in fields(operation):
        if field.default is not MISSING:
            continue
        document = operation_to_json(operation)
        del document[field.name]

        with pytest.raises(OperationInvalid, match=rf"{operation.kind}: field {field.name}\b"):
            operation_from_json(document)


@one_of_each_kind
@pytest.mark.parametrize("value", [0, -1, 2.0, True, "8", None, {"a": 1}, float("nan")])
def test_every_number_that_is_no_positive_integer_is_refused_by_field_and_value(operation, value):
    for name, number in operation_to_json(operation).items():
        if not isinstance(number, int):
            continue
        document = operation_to_json(operation) | {name: value}

        with pytest.raises(OperationInvalid) as refused:
            operation_from_json(document)

        assert f"{operation.kind}: {name}={value!r}" in str(refused.value)


@pytest.mark.parametrize(
    "kind", ["residual", "spatial", "inverted", "narrow_residual", "narrow_spatial"]
)
def test_an_even_kernel_is_refused(kind):
    document = {"kind": kind, "channels_in": 8, "channels_out": 8, "height": 8, "width": 8}

    with pytest.raises(OperationInvalid, match=f"{kind}: kernel=4 is even"):
        operation_from_json(document | {"kernel": 4})


@pytest.mark.parametrize("document", [None, 5, "head", [], {}, {"channels": 8}])
def test_what_is_no_object_with_a_kind_is_refused(document):
    with pytest.raises(OperationInvalid, match="object with a 'kind'"):
        operation_from_json(document)


@pytest.mark.parametrize("kind", ["conv", "Residual", "reduced", "", None, 7, ["head"]])
def test_an_unknown_kind_is_refused_with_the_kinds_there_are(kind):
    known = r"known are residual, .*, network, reduced_network"
    with pytest.raises(OperationInvalid, match=known) as refused:
        operation_from_json({"kind": kind})

    assert repr(kind) in str(refused.value)


@pytest.mark.parametrize("cells", [5, None, "cells", [5], {"iteration": 0}, [[0, 0]]])
def test_cells_that_are_no_list_of_objects_are_refused(cells):
    document = operation_to_json(NETWORK) | {"cells": cells}

    with pytest.raises(OperationInvalid, match="cells must be a list of objects"):
        operation_from_json(document)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"iteration": 0.0}, r"cell: iteration=0\.0"),
        ({"level": -1}, "cell: level=-1"),
        ({"level": True}, "cell: level=True"),
        ({"blocks": 0}, "cell: blocks=0"),
        ({"inputs": [0, 0]}, r"cell: inputs=\(0, 0\)"),
        ({"inputs": [[0]]}, r"cell: inputs=\(\(0,\),\)"),
        ({"inputs": [[0, "0"]]}, "cell: inputs='0'"),
        ({"inputs": 3}, "cell: inputs=3"),
        ({"candidate": None}, "no candidate is called None"),
        ({"candidate": "3x3_Nothing"}, "'3x3_Nothing'"),
        ({"stride": 2}, "cell: unknown field stride"),
    ],
)
def test_a_broken_cell_is_refused_and_says_what_is_broken(change, message):
    document = operation_to_json(NETWORK)
    document["cells"] = [*document["cells"][:2], document["cells"][2] | change]

    with pytest.raises(OperationInvalid, match=message):
        operation_from_json(document)
