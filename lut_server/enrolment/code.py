"""
Codes that people read aloud and type on a board.

Twelve symbols of Crockford's base 32 (https://www.crockford.com/base32.html), which has no letter
that looks like a digit: 60 random bits.  That is few for a secret that could be tried offline for
years, and enough for one that lives for minutes and is tried at the rate a server allows.
"""

from __future__ import annotations

import hashlib
import secrets

SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS, GROUP = 3, 4

_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def new_code() -> str:
    """Return a code nobody knows yet, in groups: ``K7QF-3MZP-X08W``."""
    groups = ("".join(secrets.choice(SYMBOLS) for _ in range(GROUP)) for _ in range(GROUPS))
    return "-".join(groups)


def code_digest(typed: str) -> str:
    """
    Return the SHA-256 of the code that was meant, in hexadecimal digits.

    >>> code_digest(" k7qf 3mzp xo8w") == code_digest("K7QF-3MZP-X08W")
    True
    """
    meant = typed.upper().translate(_MEANT)
    return hashlib.sha256(meant.encode(errors="replace")).hexdigest()
