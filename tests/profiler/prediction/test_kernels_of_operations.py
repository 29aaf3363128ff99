"""Which kernels an operation is the sum of, on devices with and without blocked layouts."""

from collections import Counter
from math import log2

from profiler.operations import (
    Border,
    ForeignOperation,
    InvertedConv,
    PlacedOperation,
    ResidualConv,
)
from profiler.prediction.kernels import kernels_of


def kinds(operation, tile):
    """Count the kernels of an operation by kind."""
    found = Counter()
    for count, kernel in kernels_of(operation, tile):
        found[dict(kernel.family)["kind"]] += count
    return {kind: count for kind, count in found.items() if count}


def sizes(operation, tile, kind):
    """Return the sizes of the one kernel of a kind."""
    (kernel,) = (k for _, k in kernels_of(operation, tile) if dict(k.family)["kind"] == kind)
    return dict(kernel.doublings)


def test_norms_and_activations_are_part_of_their_convolution():
    residual = ResidualConv(channels_in=16, channels_out=16, height=8, width=8)

    # the mean that reads the result is there in the border too: one less one
    assert kinds(residual, 1) == {"conv": 2, "add": 1, "launch": 3}


def test_channels_are_padded_to_the_blocks_of_a_device():
    narrow = ResidualConv(channels_in=20, channels_out=20, height=8, width=8)

    padded = [
        dict(k.doublings) for _, k in kernels_of(narrow, 16) if k.family == (("kind", "conv"),)
    ]

    assert {size["channels_in"] for size in padded} == {log2(32)}


def test_groups_narrower_than_a_block_are_not_blocked_and_resampled_the_slow_way():
    where = {"channels_in": 32, "channels_out": 32, "height": 8, "width": 8}
    sources, resampled = (32,), ((16, 16),)
    dense, grouped = (
        PlacedOperation(
            operation=ResidualConv(groups=groups, **where), sources=sources, resampled=resampled
        )
        for groups in (1, 8)
    )

    assert {"conv", "resize"} <= kinds(dense, 16).keys()
    assert {"conv plain", "resize plain"} <= kinds(grouped, 16).keys()
    assert "resize" in kinds(grouped, 1)


def test_windows_are_written_out_for_what_is_not_blocked_unless_they_are_one_pixel():
    where = {"channels_in": 16, "channels_out": 32, "height": 8, "width": 6}
    dense, grouped = (ResidualConv(groups=groups, **where) for groups in (1, 8))

    assert "unroll" not in kinds(dense, 16)
    assert kinds(grouped, 16)["conv plain"] == 3  # one of them the shortcut, of one pixel
    assert kinds(grouped, 16)["unroll"] == 2
    written = {
        dict(kernel.doublings)["channels_in"]
        for _, kernel in kernels_of(grouped, 16)
        if kernel.family == (("kind", "unroll"),)
    }
    assert written == {log2(9 * 16), log2(9 * 32)}


def test_resampling_to_fewer_pixels_is_never_blocked():
    operation = PlacedOperation(
        operation=ResidualConv(channels_in=32, channels_out=32, height=8, width=8),
        sources=(32,),
        resampled=((4, 4),),
    )

    assert "resize plain" in kinds(operation, 16)


def test_a_depthwise_convolution_is_a_kind_of_its_own():
    operation = InvertedConv(channels_in=16, channels_out=16, height=8, width=8, expansion=2)

    assert kinds(operation, 16)["depthwise"] == 1
    assert sizes(operation, 16, "depthwise")["channels_in"] == log2(32)


def test_what_is_measured_without_a_border_pays_for_the_call():
    assert kinds(Border(channels=(16,), height=8, width=8), 1)["call"] == 1


def test_a_foreign_operation_is_one_kernel_of_the_sizes_in_its_name():
    ((count, kernel),) = kernels_of(ForeignOperation(format="theirs", name="conv_c7"), 16)

    assert count == 1
    assert dict(kernel.doublings)["c"] == 3.0
