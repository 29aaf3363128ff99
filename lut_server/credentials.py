"""
The token a client sends, as the environment names it.

``HNA_TOKEN`` is the token; ``HNA_TOKEN_FILE`` the path of a file that holds it, which nobody but
its owner may read.  There is no option on a command line: other users of a machine see those.
Where the environment names none, a program may have a file of its own: that of an agent that
enrolled.  Messages name where a token came from, never the token.
"""

from __future__ import annotations

import os
from pathlib import Path

from profiler.errors import TokenUnusable

TOKEN = "HNA_TOKEN"
TOKEN_FILE = "HNA_TOKEN_FILE"

READABLE_BY_OTHERS = 0o077
"""The permission bits a token's file must not have."""


def token_from_environment(otherwise: Path | None = None) -> str | None:
    """
    Return the token to send; None where the environment names none.

    Args:
        otherwise: the file that holds it where the environment names none; need not exist.

    Raises:
        TokenUnusable: its file cannot be read, or can be read by others; or it is no token.
    """
    token, path = os.environ.get(TOKEN), os.environ.get(TOKEN_FILE)
    if token and path:
        raise TokenUnusable(f"{TOKEN} and {TOKEN_FILE} are both set; unset one of them")
    if token:
        return require_token(token, TOKEN)
    if path:
        return _from_file(Path(path), f"which {TOKEN_FILE} names")
    if otherwise is not None and otherwise.exists():
        return _from_file(otherwise, "which enrolling made")
    return None


def require_token(token: str, where: str) -> str:
    """
    Return *token*, which came from *where*, without the blanks around it.

    Raises:
        TokenUnusable: a header cannot hold it.
    """
    stripped = token.strip()
    if not stripped or not all("!" <= letter <= "~" for letter in stripped):
        raise TokenUnusable(
            f"{where} holds no token: one is a word like hna_..., as hna token create prints it"
        )
    return stripped


def _from_file(path: Path, why: str) -> str:
    try:
        mode = path.stat().st_mode
        if mode & READABLE_BY_OTHERS:
            raise TokenUnusable(
                f"{path}, {why}, is open to other users (mode {mode & 0o777:o}); make it yours "
                f"alone: chmod 600 {path}"
            )
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fault = error.strerror if isinstance(error, OSError) else "it is no text"
        raise TokenUnusable(f"{path}, {why}, cannot be read: {fault}") from error
    return require_token(text, str(path))
