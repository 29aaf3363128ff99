"""Options that several commands share, taken as one value."""

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from device_agents.grouped import grouping


@dataclass(frozen=True, kw_only=True)
class Place:
    shelf: Annotated[int, typer.Option(min=1, help="Which shelf.")] = 3
    label: Annotated[list[str] | None, typer.Option()] = None


@pytest.fixture
def command():
    app = typer.Typer()

    @app.command()
    @grouping(place=Place)
    def find(place: Place, loud: Annotated[bool, typer.Option("--loud")] = False) -> None:
        """Find something."""
        typer.echo(f"{place.shelf} {place.label} {loud}")

    return app


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ([], "3 None False\n"),
        (["--shelf", "4", "--loud"], "4 None True\n"),
        (["--label", "a", "--label", "b"], "3 ['a', 'b'] False\n"),
    ],
)
def test_each_field_of_a_group_is_an_option_beside_the_commands_own(command, typed, printed):
    assert CliRunner().invoke(command, typed).output == printed


def test_the_bounds_and_the_help_of_a_field_hold(command):
    refused = CliRunner().invoke(command, ["--shelf", "0"])

    assert refused.exit_code == 2
    assert "Which shelf." in CliRunner().invoke(command, ["--help"]).output


def test_the_command_keeps_its_name_and_its_help(command):
    assert "Find something." in CliRunner().invoke(command, ["--help"]).output
