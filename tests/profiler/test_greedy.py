"""Rows that tell most of all others, one after the other."""

import numpy as np
import pytest

from profiler.greedy import most_telling

# two groups of rows that move together, the second of more variance, and one row by itself
GROUPS = np.array([0, 0, 0, 1, 1, 2])
SPREAD = np.equal.outer(GROUPS, GROUPS) * np.array([1.0, 4.0, 0.5])[GROUPS]
NOISE = 0.01


def groups_of(rows):
    return [int(GROUPS[row]) for row in rows]


def test_the_group_that_leaves_most_unknown_comes_first_and_each_once():
    chosen = most_telling(SPREAD, NOISE, 3)

    assert groups_of(chosen) == [1, 0, 2]


def test_what_is_known_already_is_neither_chosen_nor_told_again():
    chosen = most_telling(SPREAD, NOISE, 2, known=[3])

    assert groups_of(chosen) == [0, 2]


def test_a_row_too_noisy_to_tell_anything_is_passed_over():
    noises = np.array([0.01, 0.01, 0.01, 1e6, 0.01, 0.01])

    (first, *_) = most_telling(SPREAD, noises, 6)

    assert first == 4


def test_as_many_of_the_reserved_are_chosen_as_are_owed():
    chosen = most_telling(SPREAD, NOISE, 2, reserved=[5, 2], owed=2)

    assert sorted(chosen) == [2, 5]


@pytest.mark.parametrize(("count", "known", "expected"), [(9, [], 6), (9, [0, 1], 4), (0, [], 0)])
def test_no_more_are_chosen_than_there_are(count, known, expected):
    chosen = most_telling(SPREAD, NOISE, count, known=known)

    assert len(set(chosen)) == expected
    assert not set(chosen) & set(known)
