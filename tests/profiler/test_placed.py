"""Placed operations: what they hold, what they refuse, how they are measured and read back."""

import json
from collections import Counter

import pytest
from pydantic import TypeAdapter, ValidationError

from profiler.cost import cost_of
from profiler.errors import OperationInvalid
from profiler.graph import BilinearResize, Concatenate, GlobalMean
from profiler.measurement import Gap
from profiler.operations import (
    Border,
    Head,
    InvertedConv,
    PlacedOperation,
    ResidualConv,
    SpatialConv,
    border_of,
    operation_from_json,
    operation_graph,
    operation_key,
    operation_label,
    operation_to_json,
    probe_graph,
)

CANDIDATE = InvertedConv(
    batch=2, channels_in=24, channels_out=16, height=6, width=5, blocks=2, expansion=4
)
FUSED = PlacedOperation(operation=CANDIDATE, sources=(8, 16))
READ = PlacedOperation(operation=CANDIDATE, sources=(24,), resampled=((12, 10), (3, 2)))
BOTH = PlacedOperation(operation=CANDIDATE, sources=(8, 16), resampled=((12, 10), (3, 2)))
REDUCED = PlacedOperation(operation=CANDIDATE, sources=(8, 16), resampled=((12, 10, 4), (3, 2)))
OF_THE_IMAGE = PlacedOperation(
    operation=ResidualConv(channels_in=3, channels_out=8, height=6, width=5),
    sources=(3,),
    resampled=((3, 2),),
)

every_shape = pytest.mark.parametrize(
    "operation",
    [FUSED, READ, BOTH, OF_THE_IMAGE, REDUCED],
    ids=["fused", "read", "fused and read", "of the image", "reduced"],
)


def primitives(graph):
    return Counter(type(node.primitive) for node in graph.nodes)


@every_shape
def test_it_has_the_batch_and_the_size_of_its_candidate(operation):
    candidate = operation.operation

    assert (operation.batch, operation.height, operation.width) == (
        candidate.batch, candidate.height, candidate.width,
    )  # fmt: skip


@pytest.mark.parametrize("operation", [FUSED, READ, BOTH, OF_THE_IMAGE])
def test_without_a_reduction_it_multiplies_and_learns_what_the_bare_candidate_does(operation):
    placed = cost_of(operation_graph(operation))
    bare = cost_of(operation_graph(operation.operation))

    assert (placed.macs, placed.conv_weights, placed.parameters) == (
        bare.macs, bare.conv_weights, bare.parameters,
    )  # fmt: skip


def test_it_writes_its_concatenation_and_each_resampling_besides():
    bare = cost_of(operation_graph(CANDIDATE))

    fused = cost_of(operation_graph(FUSED))
    both = cost_of(operation_graph(BOTH))

    # 2 images x 24 channels x 6 x 5 pixels are fused; 16 channels resampled to 120 and 6 pixels;
    # three means of 16 channels and the three joined
    assert fused.activation_bytes - bare.activation_bytes == 4 * 2 * 24 * 30
    assert both.activation_bytes - fused.activation_bytes == 4 * 2 * (16 * 126 + 2 * 48)


def test_its_graph_reads_every_source_and_results_in_the_means_of_all_it_makes():
    graph = operation_graph(BOTH)

    sizes = [n.shape for n in graph.nodes if isinstance(n.primitive, BilinearResize)]
    assert graph.inputs == (("input0", (2, 8, 6, 5)), ("input1", (2, 16, 6, 5)))
    assert sizes == [(2, 16, 12, 10), (2, 16, 3, 2)]
    assert graph.output_shape == (2, 3 * 16, 1, 1)


def test_what_a_reader_has_reduced_is_reduced_at_the_size_of_the_candidate():
    both, reduced = (cost_of(operation_graph(operation)) for operation in (BOTH, REDUCED))
    nodes = {node.name: node for node in operation_graph(REDUCED).nodes}

    # a 1 x 1 convolution from 16 to 4 channels without bias, on 2 images of 6 x 5 pixels
    assert reduced.macs - both.macs == 16 * 4 * 2 * 30
    assert reduced.parameters - both.parameters == 16 * 4 + 2 * 4
    assert nodes["reduce0.bn"].shape == (2, 4, 6, 5)
    assert nodes["output0"].shape == (2, 4, 12, 10)
    assert nodes["output1"].shape == (2, 16, 3, 2)
    assert border_of(REDUCED) == border_of(BOTH)


def test_the_channels_a_reader_has_reduced_stand_behind_its_size_in_the_key():
    assert operation_key(REDUCED).endswith("/sources=8,16/resampled=12x10x4,3x2")


def test_its_graph_results_in_its_output_where_nothing_is_resampled():
    graph = operation_graph(FUSED)

    assert graph.output_shape == (2, 16, 6, 5)
    assert primitives(graph) == primitives(operation_graph(CANDIDATE)) + Counter([Concatenate])


def test_its_border_makes_its_sources():
    assert border_of(BOTH) == Border(batch=2, channels=(8, 16), height=6, width=5)
    assert border_of(READ) == Border(batch=2, channels=(24,), height=6, width=5)


@pytest.mark.parametrize("operation", [FUSED, READ, BOTH], ids=["fused", "read", "fused and read"])
def test_its_probe_stands_between_the_producers_of_its_border_and_a_mean_of_each_output(operation):
    border = operation_graph(border_of(operation))
    producers = [node for node in border.nodes if node.name.startswith("source")]

    probe = probe_graph(operation)

    means = [node for node in probe.nodes if isinstance(node.primitive, GlobalMean)]
    read = [node.inputs for node in means]
    resized = [(f"output{index}",) for index in range(len(operation.resampled))]
    assert probe.inputs == border.inputs
    assert list(probe.nodes[: len(producers)]) == producers
    assert read == [("block1.relu_project",), *resized]
    assert probe.nodes[-1].inputs == (tuple(n.name for n in means) if resized else read[0])
    assert probe.output_shape == (2, 16 * len(read), 1, 1)


def test_one_that_reads_the_image_has_no_border_and_is_measured_as_it_stands():
    assert border_of(OF_THE_IMAGE) is None
    assert probe_graph(OF_THE_IMAGE) == operation_graph(OF_THE_IMAGE)
    assert primitives(probe_graph(OF_THE_IMAGE))[GlobalMean] == 2


def test_the_key_of_one_without_readers_ends_empty_and_is_this_text_in_every_release():
    assert operation_key(FUSED) == (
        "placed/operation=inverted,batch=2,channels_in=24,channels_out=16,height=6,width=5,"
        "blocks=2,kernel=3,expansion=4/sources=8,16/resampled="
    )


def test_order_of_sources_and_sizes_of_readers_are_part_of_it():
    swapped = PlacedOperation(operation=CANDIDATE, sources=(16, 8))
    keys = {operation_key(operation) for operation in (FUSED, READ, BOTH, swapped, CANDIDATE)}

    assert len(keys) == 5


@pytest.mark.parametrize(
    ("operation", "label"),
    [
        (FUSED, "8+16 3x3_MBConv4 24>16 @6x5 x2"),
        (READ, "3x3_MBConv4 24>16 @6x5 x2 >12x10 >3x2"),
        (BOTH, "8+16 3x3_MBConv4 24>16 @6x5 x2 >12x10 >3x2"),
        (OF_THE_IMAGE, "3x3_ResConv 3>8 @6x5 >3x2"),
        (REDUCED, "8+16 3x3_MBConv4 24>16 @6x5 x2 >12x10x4 >3x2"),
    ],
)
def test_its_label_says_what_is_read_and_what_it_is_resampled_to(operation, label):
    assert operation_label(operation) == label


@every_shape
def test_it_is_read_back_from_json_with_tuples_for_lists(operation):
    document = json.loads(json.dumps(operation_to_json(operation)))

    returned = operation_from_json(document)

    assert document["resampled"] == [list(size) for size in operation.resampled]
    assert returned == operation
    assert hash(returned) == hash(operation)
    assert type(returned.operation) is type(operation.operation)


@every_shape
def test_it_crosses_the_wire_inside_a_message(operation):
    wire = TypeAdapter(Gap)
    gap = Gap(operation=operation, reason="too large")

    assert wire.validate_json(wire.dump_json(gap)) == gap
    assert wire.validate_python(wire.dump_python(gap, mode="json")) == gap
    assert wire.validate_python(gap) == gap


def test_on_the_wire_a_broken_one_is_a_validation_error_that_says_what_is_broken():
    document = {"operation": operation_to_json(BOTH) | {"sources": [8, 8]}, "reason": "none"}

    with pytest.raises(ValidationError, match="add up to 16 channels; the candidate reads 24"):
        TypeAdapter(Gap).validate_python(document)


def test_what_has_nothing_placed_around_it_is_refused_because_it_has_a_key_already():
    with pytest.raises(OperationInvalid, match="is the bare candidate; name that"):
        PlacedOperation(operation=CANDIDATE, sources=(CANDIDATE.channels_in,))


def test_readers_need_not_be_given():
    document = {"kind": "placed", "operation": operation_to_json(CANDIDATE), "sources": [8, 16]}

    assert operation_from_json(document) == FUSED


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sources": [8, 8]}, r"sources=\(8, 8\) add up to 16 channels; the candidate reads 24"),
        ({"sources": []}, r"placed: sources=\(\) must be one integer or more"),
        ({"sources": 24}, "placed: sources=24 must be one integer or more"),
        ({"sources": None}, "placed: sources=None must be one integer or more"),
        ({"sources": [24, 0]}, "placed: sources=0 must be at least 1"),
        ({"sources": [25, -1]}, "placed: sources=-1 must be at least 1"),
        ({"sources": [24.0]}, r"placed: sources=24\.0 must be an integer"),
        ({"sources": [True, 23]}, "placed: sources=True must be an integer"),
        ({"resampled": 3}, "placed: resampled=3 must be pairs"),
        ({"resampled": None}, "placed: resampled=None must be pairs"),
        ({"resampled": ""}, "placed: resampled='' must be pairs"),
        ({"resampled": {}}, r"placed: resampled=\{\} must be pairs"),
        ({"resampled": [12, 10]}, "placed: resampled=12 is no height and width"),
        ({"resampled": [[12]]}, r"placed: resampled=\(12,\) is no height and width"),
        ({"resampled": [[12, 0]]}, "placed: resampled=0 must be at least 1"),
        ({"resampled": [[12, "10"]]}, "placed: resampled='10' must be an integer"),
        ({"resampled": [[12, 10, 0]]}, "placed: resampled=0 must be at least 1"),
        ({"resampled": [[12, 10, 4, 4]]}, r"resampled=\(12, 10, 4, 4\) is no height and width"),
        ({"resampled": [[12, 10, 16]]}, r"=\(12, 10, 16\) reduces 16 channels to 16, which is no"),
        ({"resampled": [[12, 10, 17]]}, "reduces 16 channels to 17, which is no fewer"),
    ],
)  # fmt: skip
def test_sources_and_readers_that_cannot_be_are_refused_by_name_and_value(change, message):
    with pytest.raises(OperationInvalid, match=message):
        operation_from_json(operation_to_json(BOTH) | change)


HEAD = Head(channels=24, height=6, width=5)


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (operation_to_json(HEAD), r"placed: Head\(.* is no candidate: residual, spatial, inv"),
        (HEAD, r"placed: Head\(.* is no candidate"),
        (operation_to_json(FUSED), "placed: a placed operation is no candidate"),
        (FUSED, r"placed: PlacedOperation\(.* is no candidate"),
        ({"kind": "conv"}, "unknown operation 'conv'; known are residual"),
        ({"kind": ["placed"]}, r"unknown operation \['placed'\]"),
        ({"channels_in": 24}, "object with a 'kind', not {'channels_in': 24}"),
        (None, "object with a 'kind', not None"),
        (operation_to_json(CANDIDATE) | {"stride": 2}, "inverted: unknown field stride"),
        (operation_to_json(CANDIDATE) | {"kernel": 4}, "inverted: kernel=4 is even"),
        ({"kind": "spatial", "channels_in": 24}, "spatial: field channels_out, height, width"),
    ],
)
def test_what_is_no_candidate_cannot_be_placed(operation, message):
    document = {"kind": "placed", "operation": operation, "sources": [24]}

    with pytest.raises(OperationInvalid, match=message):
        operation_from_json(document)


def test_placing_what_is_placed_over_and_over_is_refused_before_it_is_read():
    document = operation_to_json(FUSED)
    for _ in range(5000):
        document = {"kind": "placed", "operation": document, "sources": [24]}

    with pytest.raises(OperationInvalid, match="a placed operation is no candidate"):
        operation_from_json(document)


def test_it_is_a_value():
    candidate = SpatialConv(channels_in=24, channels_out=8, height=6, width=5)
    first, second = (PlacedOperation(operation=candidate, sources=(8, 16)) for _ in range(2))

    assert len({first, second}) == 1
    with pytest.raises(AttributeError):
        first.sources = (24,)
