"""Lists of cores."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.errors import HnaError
from profiler.platforms.cpulist import format_cpulist, parse_cpulist, siblings


@given(st.sets(st.integers(0, 300)))
def test_what_is_written_is_read_back(cores):
    assert parse_cpulist(format_cpulist(cores)) == cores


@pytest.mark.parametrize("text", ["big", "3-", "1;2", "-1"])
def test_what_is_no_list_is_refused_by_name(text):
    with pytest.raises(HnaError, match="is no list of cores"):
        parse_cpulist(text)


def test_siblings_share_a_core(tmp_path):
    for core in range(4):
        folder = tmp_path / f"sys/devices/system/cpu/cpu{core}/topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text(f"{core % 2},{core % 2 + 2}\n")

    assert siblings([0], tmp_path) == {0, 2}


def test_where_siblings_are_not_told_a_core_stands_alone(tmp_path):
    assert siblings([5], tmp_path) == {5}
