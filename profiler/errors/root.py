"""The root of the tree."""

from __future__ import annotations


class HnaError(Exception):
    """Root of every error this project raises on purpose."""
