"""Agreement of searches that differ in their seed."""

import pytest

from profiler.errors import HnaError
from profiler.space import Gene
from search.stage1.stability import selection_stability, stability_text


def gene(first, second=(2,)):
    """A gene of two levels: C(1, 0) may pick C(0, 0), C(0, 1) and x, which is 2."""
    return Gene(picks={(0, 0): (0,), (0, 1): (0,), (1, 0): (*first, *second)})


def test_equal_selections_agree():
    stability = selection_stability([gene((0,)), gene((0, 0)), gene((0,))])

    assert stability.overall.found == 1
    assert stability.searches == 3


def test_agreement_is_what_is_shared_by_what_either_keeps():
    # Pairs: {0} and {0, 1} share 1 of 2; {0} and {1} none; {0, 1} and {1} 1 of 2.
    stability = selection_stability([gene((0,)), gene((0, 1)), gene((1,))])

    assert stability.cells[(1, 0)].found == pytest.approx((1 / 2 + 0 + 1 / 2) / 3)


def test_chance_is_the_expectation_over_random_sets_of_the_same_sizes():
    # One of two against one of two: equal in half of the cases.
    assert selection_stability([gene((0,)), gene((1,))]).overall.chance == pytest.approx(0.5)
    # One of two against both: always one shared of two.
    assert selection_stability([gene((0,)), gene((0, 1))]).overall.chance == pytest.approx(0.5)


def test_x_is_no_choice_and_cells_that_pick_none_agree():
    stability = selection_stability([gene(()), gene((), second=(2, 2))])

    assert stability.overall.found == stability.overall.chance == 1


def test_one_search_has_no_stability():
    with pytest.raises(HnaError, match="two or more"):
        selection_stability([gene((0,))])


def test_the_table_names_every_cell_and_all_of_them():
    text = stability_text(selection_stability([gene((0,)), gene((1,))]))

    assert "2 searches" in text
    assert "cell (1, 0)" in text
    assert text.splitlines()[-1].split() == ["overall", "0.00", "0.50"]
