"""Candidate sets by the names of the reference's command line."""

import pytest

from profiler.errors import OperationInvalid
from profiler.operations import ALL_CANDIDATES, DEFAULT_CANDIDATES
from profiler.space import named_space
from profiler.space.candidate_sets import CANDIDATE_SETS, candidate_set


def test_the_shipped_searches_had_the_twelve_default_candidates():
    assert candidate_set("whole") == candidate_set("Res_Group_Spa_MBConv") == DEFAULT_CANDIDATES


@pytest.mark.parametrize(
    ("name", "candidates"),
    [
        ("Res_Group", "3x3_ResConv 5x5_ResConv 7x7_ResConv GroupConv2 GroupConv4 GroupConv8"),
        ("ResConv", "3x3_ResConv 5x5_ResConv 7x7_ResConv"),
        ("GroupConv", "GroupConv2 GroupConv4 GroupConv8"),
        ("SpaConv", "3x3_SpaConv 5x5_SpaConv 7x7_SpaConv"),
        ("DepthSC", "3x3_DepthSC 5x5_DepthSC 7x7_DepthSC"),
        ("MBInverted", "3x3_MBConv2 3x3_MBConv4 3x3_MBConv6"),
        (
            "Proxyless",
            "3x3_MBConv3 3x3_MBConv6 5x5_MBConv3 5x5_MBConv6 7x7_MBConv3 7x7_MBConv6",
        ),
        ("single", "3x3_ResConv"),
        ("single_Spa", "3x3_SpaConv"),
    ],
)
def test_a_set_has_the_candidates_of_the_reference_in_its_order(name, candidates):
    expected = [c if "x" in c else f"3x3_{c}" for c in candidates.split()]

    assert list(candidate_set(name)) == expected


def test_adding_spatial_candidates_keeps_the_order_of_the_others():
    assert candidate_set("Res_Group_Spa")[:6] == candidate_set("Res_Group")
    assert candidate_set("Res_Group_Spa")[6:] == candidate_set("SpaConv")


def test_the_older_set_has_fifteen_with_the_expansions_of_proxylessnas():
    older = candidate_set("Res_Group_Spa_MBConv_15")

    assert len(older) == 15
    assert (older[:6], older[6:]) == (candidate_set("Proxyless"), candidate_set("Res_Group_Spa"))


@pytest.mark.parametrize("name", CANDIDATE_SETS)
def test_every_set_is_the_candidates_of_some_space(name):
    assert named_space(candidates=candidate_set(name)).candidates == CANDIDATE_SETS[name]


def test_every_candidate_of_the_reference_is_a_set_of_its_own():
    assert [candidate_set(name) for name in ALL_CANDIDATES] == [(name,) for name in ALL_CANDIDATES]


@pytest.mark.parametrize("name", ["", "everything", "Zero"])
def test_another_name_is_refused_with_the_names_there_are(name):
    with pytest.raises(OperationInvalid, match="Res_Group_Spa_MBConv, Res_Group"):
        candidate_set(name)
