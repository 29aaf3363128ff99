"""What operations spend their time in: kernels by kind and place, and their shares."""

import numpy as np
import pytest

from profiler.errors import OperationUnsupported
from profiler.operations import (
    Border,
    ForeignOperation,
    InvertedConv,
    MaxPool,
    PlacedOperation,
    ResidualConv,
)
from profiler.triage.kernels import CALL, Kernel, Place, kernels_of
from profiler.triage.shares import shares_of


def conv(cls=ResidualConv, **more):
    return cls(channels_in=8, channels_out=8, height=16, width=16, **more)


def kinds(operation):
    return {each.place.kind for each in kernels_of(operation)}


def test_convolutions_are_told_apart_by_how_they_are_grouped():
    assert "dense" in kinds(conv(kernel=3))
    assert "grouped" in kinds(conv(kernel=3, groups=2))
    assert {"depthwise", "pointwise"} <= kinds(conv(InvertedConv, kernel=3, expansion=2))


def test_what_a_runtime_fuses_is_no_kernel():
    assert kinds(conv(kernel=3)).isdisjoint({"BatchNorm", "Relu", "Relu6"})


def test_work_of_a_convolution_is_its_macs():
    dense = [each for each in kernels_of(conv(kernel=3)) if each.place.kind == "dense"]

    assert [each.work for each in dense] == [8 * 8 * 9 * 16 * 16] * 2


def test_a_border_is_taken_off():
    pooled = kernels_of(MaxPool(channels=8, height=16, width=16))

    means = {each.place.pixels: each.work for each in pooled if each.place.kind == "GlobalMean"}
    assert means == {6.0: 8 * 64, 8.0: -8 * 256}  # of 8 x 8 pixels now, of 16 x 16 no more


def test_a_kernel_knows_which_convolution_it_reads_from():
    asked = ((32, 32),)
    dense = PlacedOperation(operation=conv(kernel=3), sources=(8,), resampled=asked)
    grouped = PlacedOperation(operation=conv(kernel=3, groups=2), sources=(8,), resampled=asked)

    for operation, before in ((dense, "dense"), (grouped, "grouped")):
        resized = [k.place for k in kernels_of(operation) if k.place.kind == "BilinearResize"]
        assert all(before in place.after for place in resized)
        assert resized


def test_what_is_known_by_name_only_has_no_kernels():
    with pytest.raises(OperationUnsupported):
        kernels_of(ForeignOperation(format="somebody", name="theirs"))


def test_a_border_of_several_tensors_has_a_kernel_for_each():
    border = Border(channels=(8, 16), height=16, width=16)

    assert sum(each.place.kind == CALL for each in kernels_of(border)) == 5


def test_shares_are_found_from_what_rows_cost():
    a, b = Place(kind="a"), Place(kind="b")
    work = [(1.0, 1.0), (2.0, 1.0), (1.0, 3.0), (4.0, 0.5)]
    rows = [(Kernel(a, x), Kernel(b, y)) for x, y in work]
    latencies_us = np.array([10 * x + 5 * y for x, y in work])

    found = shares_of(rows, latencies_us)

    assert found.places == (a, b)
    expected = [[10 * x / us, 5 * y / us] for (x, y), us in zip(work, latencies_us, strict=True)]
    assert found.of_rows == pytest.approx(np.array(expected), rel=1e-3)


def test_no_work_costs_less_than_nothing():
    a, b = Place(kind="a"), Place(kind="b")
    rows = [(Kernel(a, 1.0), Kernel(b, y)) for y in (1.0, 2.0, 3.0)]

    found = shares_of(rows, np.array([10.0, 9.0, 8.0]))

    assert np.all(found.of_rows >= 0)
