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
        values = value if isinstance(value, tuple) else (value,)
        for number in values:
            if isinstance(number, bool) or (isinstance(number, float)):
                raise OperationInvalid(f"{kind}: {field.name}={value!r} must be an integer")
            if isinstance(number, int) and number < 1:
                raise OperationInvalid(f"{kind}: {field.name}={value!r} must be at least 1")
        if field.name in odd and value % 2 == 0:
            raise OperationInvalid(
                f"{kind}: {field.name}={value} is even; an odd kernel keeps the image size"
            )
