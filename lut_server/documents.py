"""
Values as the JSON documents of the store, and back, exactly as pydantic writes them on the wire.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


def to_document(value: Any) -> dict[str, Any]:
    """Return *value*, a dataclass, as plain JSON values."""
    document: dict[str, Any] = adapter(type(value)).dump_python(value, mode="json")
    return document


def from_document(kind: type[T], document: Any) -> T:
    """Return the value of type *kind* that *document* holds."""
    value: T = adapter(kind).validate_python(document)
    return value


def adapter(kind: Any) -> TypeAdapter[Any]:
    """Return pydantic's reader and writer of the type *kind*, made once."""
    return _made(kind)


@cache
def _made(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
