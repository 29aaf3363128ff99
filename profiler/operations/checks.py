"""Checks every operation value runs before it exists."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from profiler.errors import OperationInvalid

FORBID_UNKNOWN_FIELDS = {"extra": "forbid"}
"""What pydantic reads as ``__pydantic_config__`` when an operation crosses the wire."""


def require_positive(operation: Any, odd: tuple[str, ...] = ()) -> None:
    """
    Check that every number of a dataclass is a positive integer.

    Args:
        operation: a dataclass whose fields are ints, strings or tuples.
        odd: fields that must be odd as well, such as a kernel with centred padding.

    Raises:
        OperationInvalid: names the field and its value.
    """
    kind = getattr(operation, "kind", type(operation).__name__)
    for field in fields(operation):
        value = getattr(operation, field.name)
        if field.type in ("int", int):
            require_integer(f"{kind}: {field.name}", value, at_least=1)
        if field.type in ("tuple[int, ...]", tuple[int, ...]):
            _require_integers(f"{kind}: {field.name}", value)
        if field.name in odd and value % 2 == 0:
            raise OperationInvalid(
                f"{kind}: {field.name}={value} is even; an odd kernel keeps the image size"
            )


def require_integer(name: str, value: object, *, at_least: int) -> None:
    """
    Check that *value*, called *name*, is an integer not below *at_least*.

    Raises:
        OperationInvalid: names the field and its value.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise OperationInvalid(f"{name}={value!r} must be an integer")
    if value < at_least:
        raise OperationInvalid(f"{name}={value!r} must be at least {at_least}")


def _require_integers(name: str, values: object) -> None:
    if not isinstance(values, tuple) or not values:
        raise OperationInvalid(f"{name}={values!r} must be one integer or more in a tuple")
    for value in values:
        require_integer(name, value, at_least=1)
