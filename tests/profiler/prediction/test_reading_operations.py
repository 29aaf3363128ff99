"""What a predictor reads of an operation: sizes and families, ours and foreign."""

from profiler.operations import ForeignOperation, Head
from profiler.prediction.reading import attributes_in, reading_of


def test_a_name_of_a_known_format_is_read_by_its_rule():
    name = "expanded_conv-input:56x56x24-output:28x28x32-expand:6-kernel:5-stride:2-idskip:0"

    said = attributes_in(ForeignOperation(format="proxylessnas", name=name))

    assert (said["type"], said["kernel"], said["expansion"]) == ("expanded_conv", 5, 6)


def test_in_a_name_no_rule_reads_each_number_is_a_size_named_by_the_word_before():
    said = attributes_in(ForeignOperation(format="theirs", name="mb-k3-s2@14x14"))

    assert said == {"type": "mb-k#-s#@#x#", "k": 3.0, "s": 2.0, "s 2": 14.0, "x": 14.0}


def test_operations_of_ours_say_what_their_graph_costs():
    reading = reading_of(Head(channels=8, height=4, width=4))

    assert reading.sizes["macs"] == 8 * 16
    assert reading.sizes["weights"] == 8
    assert reading.sizes["bytes"] == 4 * (8 * 16 + 16)
    assert reading.family["kind"] == "head"
