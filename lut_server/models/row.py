"""The base of all rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Float, Integer, Text
from sqlalchemy.orm import DeclarativeBase


class Row(DeclarativeBase):
    """Base of all rows."""

    type_annotation_map = {dict[str, Any]: JSON, str: Text, float: Float, int: Integer}  # noqa: RUF012
