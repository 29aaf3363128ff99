"""What can be asked of a campaign that chooses what to measure."""

import math

import pytest
from pydantic import ValidationError


@pytest.mark.parametrize("target", [0, 0.0, 1, 1.5, -0.05, math.nan, math.inf])
def test_a_target_that_is_no_share_is_refused(bench, wanted, target):
    with pytest.raises(ValidationError, match="target_error"):
        bench.campaign(wanted, target_error=target)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"max_operations": 0}, "max_operations"),
        ({"max_minutes": 0}, "max_minutes"),
        ({"max_minutes": math.nan}, "max_minutes"),
        ({"target_error": 0.1, "remeasure": True}, "remeasure measures everything again"),
        ({"handful": 3}, "belong to onboarding"),
        ({"measure_rest": False}, "belong to onboarding"),
    ],
)
def test_what_makes_no_sense_is_refused(bench, wanted, changes, said):
    with pytest.raises(ValidationError, match=said):
        bench.campaign(wanted, **changes)
