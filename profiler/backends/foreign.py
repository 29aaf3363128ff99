"""What a runtime says when it fails, in one line of ours."""

from __future__ import annotations

LONGEST = 400
"""Characters kept: some runtimes tell the whole history of their build."""


def said(error: Exception) -> str:
    """Return what *error* says, in one line."""
    text = " ".join(str(error).split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
