"""What people see of an agent."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from device_agents.display import LineDisplay, TerminalDisplay, display_for
from profiler.measuring.rounds import Progress


def step(phase="rounds", done=1, number=1):
    return Progress(phase=phase, done=done, total=10, round=number)


@pytest.fixture
def out():
    return io.StringIO()


def test_a_terminal_gets_a_bar_and_a_pipe_gets_lines(out):
    assert isinstance(display_for(Console(file=out, force_terminal=True)), TerminalDisplay)
    assert isinstance(display_for(Console(file=out, force_terminal=False)), LineDisplay)


def test_a_log_gets_one_line_for_each_phase_and_not_one_for_each_visit(out):
    display = LineDisplay(Console(file=out))

    for done in range(10):
        display.show(step("build", done, 0))
    for done in range(10):
        display.show(step("rounds", done, 1))

    assert len(out.getvalue().splitlines()) == 2
    assert "build: 0 of 10" in out.getvalue()
    assert "round 1: 0 of 10" in out.getvalue()


def test_waiting_is_said_once_until_something_happens(out):
    display = LineDisplay(Console(file=out))

    display.rest("no work; waiting")
    display.rest("no work; waiting")
    display.say("job 7")
    display.rest("no work; waiting")

    assert out.getvalue().count("no work") == 2


def test_text_of_others_is_not_taken_for_markup(out):
    LineDisplay(Console(file=out)).say("OSError [bold]28[/bold]")

    assert "[bold]28[/bold]" in out.getvalue()


def test_a_terminal_shows_the_round_and_then_the_lines_that_stay(out):
    display = TerminalDisplay(Console(file=out, force_terminal=True, width=100))

    display.show(step(done=3, number=2))
    display.say("reported: 4 measurements stored")
    display.rest("no work; waiting")

    assert "rounds 2" in out.getvalue()
    assert "3/10" in out.getvalue()
    assert "reported: 4 measurements stored" in out.getvalue()


def test_a_log_on_a_full_disk_does_not_end_the_agent(tmp_path):
    with pytest.raises(OSError, match="No space left"), Path("/dev/full").open("w") as full:
        LineDisplay(Console(file=full)).say("registered")
        reached = True

    assert reached
