"""What a runtime says, in one line."""

from profiler.backends.foreign import LONGEST, said


def test_several_lines_become_one():
    assert (
        said(RuntimeError("backend raised:\n\n   no compiler\n")) == "backend raised: no compiler"
    )


def test_a_long_story_is_cut_and_says_so():
    told = said(RuntimeError("x" * 1_000))

    assert told == "x" * LONGEST + " ..."
