"""
Options that several commands share, as one value.

A frozen dataclass whose fields are ``Annotated`` with ``typer.Option`` is a group: a command that
takes it as one parameter gets each of its fields as an option of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any, get_type_hints

Command = Callable[..., None]


def grouping(**groups: type) -> Callable[[Command], Command]:
    """
    Return a decorator that gives a command its options in groups.

    Args:
        groups: a group by the name of the command's parameter that takes it.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True, kw_only=True)
    ... class Place:
    ...     shelf: int = 3
    >>> @grouping(place=Place)
    ... def find(place: Place, name: str = "x") -> None:
    ...     print(name, place.shelf)
    >>> str(signature(find)), find(shelf=4, name="y")
    y 4
    ("(*, shelf: int = 3, name: str = 'x')", None)
    """
    options = {name: _options(group) for name, group in groups.items()}

    def decorate(command: Command) -> Command:
        @wraps(command)
        def run(**given: Any) -> None:
            values = {
                name: group(**{option.name: given.pop(option.name) for option in options[name]})
                for name, group in groups.items()
            }
            command(**values, **given)

        parameters: list[Parameter] = []
        for each in signature(command, eval_str=True).parameters.values():
            parameters += options.get(each.name, [each.replace(kind=Parameter.KEYWORD_ONLY)])
        run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in parameters}
        return run

    return decorate


def _options(group: type) -> list[Parameter]:
    """Return the fields of a group as parameters, with their annotations resolved."""
    hints = get_type_hints(group, include_extras=True)
    return [
        each.replace(kind=Parameter.KEYWORD_ONLY, annotation=hints[each.name])
        for each in signature(group).parameters.values()
    ]
