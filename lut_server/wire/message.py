"""What all messages share."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

PROTOCOL_VERSION = 1
"""Raised when a message changes its meaning; history: 1 (2026-11) the first."""


class Message(BaseModel):
    """A value on the wire: frozen, and no field beyond those declared."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")


class Problem(BaseModel):
    """A problem document (RFC 9457), ``application/problem+json``; further fields by type."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str
    status: int
    detail: str
