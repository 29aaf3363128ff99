"""Shares as people type them."""

import pytest

from profiler.commands.percent import share
from profiler.errors import HnaError


@pytest.mark.parametrize(("text", "value"), [("5%", 0.05), ("0.05", 0.05), (" 12.5 % ", 0.125)])
def test_a_percentage_and_a_share_name_the_same_number(text, value):
    assert share(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["0", "0%", "-5%", "100%", "1", "5", "nan", "nan%", "inf"])
def test_nothing_all_and_what_is_beyond_are_refused_with_the_way_out(text):
    with pytest.raises(HnaError, match=r"is not between 0 % and 100 %; give a share such as 5%"):
        share(text)


@pytest.mark.parametrize("text", ["", "five", "5%%", "%"])
def test_what_is_no_number_is_refused_by_name(text):
    with pytest.raises(HnaError) as refused:
        share(text)

    assert str(refused.value) == f"{text!r} is no number; give a share such as 5% or 0.05"
