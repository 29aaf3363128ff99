"""
Reading small files of a system tree that may not be there.

The tree's root is a parameter everywhere, so that a folder of text files can stand for any board.
"""

from __future__ import annotations

from pathlib import Path


def read_text(path: Path) -> str | None:
    """
    Return what *path* holds, stripped of white space and NULs; None where it cannot be read.

    Unreadable is normal in a system tree: another kernel, a container, a sensor that is switched
    off, a file only root may read.
    """
    try:
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return None
    return text.strip(" \t\r\n\0") or None


def read_number(path: Path) -> float | None:
    """Return the one number *path* holds; None where there is none."""
    text = read_text(path)
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
