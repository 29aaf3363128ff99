"""Which targets count as found, on masks drawn by hand."""

import numpy as np

from search.metrics.components import components, match


def _drawn(*rows):
    return np.array([[character == "#" for character in row] for row in rows])


def _square(top, left, side=2, size=32):
    mask = np.zeros((size, size), dtype=np.bool_)
    mask[top : top + side, left : left + side] = True
    return mask


def test_pixels_that_touch_at_a_corner_are_one_target():
    found = components(_drawn("#...", ".#..", "....", "...#"))

    assert [component.area for component in found] == [2, 1]


def test_centroid_and_area_are_those_of_the_pixels():
    (found,) = components(_drawn("....", ".##.", ".##."))

    assert (found.row, found.column, found.area) == (1.5, 1.5, 4)


def test_targets_at_the_borders_do_not_join_across_them():
    found = components(_drawn("#..#", "....", "#..#"))

    assert [(component.row, component.column) for component in found] == [
        (0, 0), (0, 3), (2, 0), (2, 3),
    ]  # fmt: skip


def test_less_than_three_pixels_away_is_found_and_three_is_not():
    target = _square(10, 10)

    assert match(_square(10, 12), target).found == (4,)
    missed = match(_square(10, 13), target)

    assert (missed.found, missed.false) == ((), (4,))


def test_two_predictions_on_one_target_are_one_hit_and_one_false_alarm():
    target = _square(10, 10, side=5)
    prediction = _drawn_pixels((11, 11), (13, 13))

    matches = match(prediction, target)

    assert (matches.targets, matches.found, matches.false) == (1, (1,), (1,))


def test_one_prediction_over_two_targets_finds_only_one():
    targets = _drawn_pixels((10, 10), (10, 12))
    prediction = _drawn_pixels((10, 10), (10, 11), (10, 12))

    matches = match(prediction, targets)

    assert (matches.targets, matches.found, matches.false) == (2, (3,), ())


def test_the_first_prediction_in_raster_order_is_taken_even_if_another_is_nearer():
    target = _drawn_pixels((10, 10))
    prediction = _drawn_pixels((8, 10), (10, 10), (10, 11))

    matches = match(prediction, target)

    assert (matches.found, matches.false) == ((1,), (2,))


def test_the_reference_does_not_count_a_false_component_as_large_as_a_found_one():
    target = _square(10, 10)
    prediction = target | _square(20, 20) | _square(27, 5, side=3)

    matches = match(prediction, target)

    assert sum(matches.false) == 4 + 9
    assert matches.compat_false_pixels == 9


def _drawn_pixels(*places):
    mask = np.zeros((32, 32), dtype=np.bool_)
    mask[tuple(zip(*places, strict=True))] = True
    return mask
