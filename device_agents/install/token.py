"""Where the token of an installation comes from: standard input or a prompt, never an argument."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from profiler.errors import InstallRefused

HOW = (
    "make one on the server's machine with hna token create --scope agent --name NAME, then pipe "
    "it in with --token-stdin or type it when asked; --no-token if the server asks for none"
)


def obtain_token(
    stdin: TextIO, ask: Callable[[], str], *, from_stdin: bool, installed: Path
) -> str:
    """
    Return the token to install: the one given, else the one that is installed.

    Args:
        stdin: standard input.
        ask: asks a person, without showing what is typed.
        from_stdin: whether standard input holds the token.
        installed: the file of the token that is installed, if one is.

    Raises:
        InstallRefused: there is none to be had, or what was given is none.
    """
    if from_stdin:
        return _checked(stdin.read())
    if installed.exists():
        return _checked(_read(installed))
    if not stdin.isatty():
        raise InstallRefused(f"there is no token for the server, and nobody to ask; {HOW}")
    return _checked(ask())


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InstallRefused(
            f"the installed token {path} cannot be read ({error.strerror}); run this as root"
        ) from error


def _checked(text: str) -> str:
    token = text.strip()
    if not token:
        raise InstallRefused(f"the token is empty; {HOW}")
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise InstallRefused(f"the token is not one word of plain characters; {HOW}")
    return token
