"""
Tokens as values.

A **secret** is the text that a request carries: 256 random bits, shown once.  A **token** is what
the server knows of it, and holds only the secret's SHA-256.  A slow hash is for passwords, which
can be guessed; nobody guesses one of 2**256 secrets, however fast each try is.  And since the hash
is what is looked up, how long that takes says nothing about how close a guess came.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Literal, get_args

Scope = Literal["read", "agent", "admin"]

SCOPES: tuple[Scope, ...] = get_args(Scope)
"""Each may do what those before it may."""

PREFIX = "hna_"
"""By which a secret is known where it should not be, such as in a repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """
    What the server knows of a secret.

    Args:
        id: names it, where it is listed and revoked.
        name: whose it is, for people.
        scope: what it allows.
        created_at: when it was made; all times are UTC, ISO 8601.
        last_used_at: when a request last carried it, to a minute; None if none did.
        revoked_at: since when it allows nothing; None while it is good.
        enrolment_id: of the enrolment it came of; None where a person made it.
    """

    id: str
    name: str
    scope: Scope
    created_at: str
    last_used_at: str | None = None
    revoked_at: str | None = None
    enrolment_id: str | None = None


def covers(held: Scope, needed: Scope) -> bool:
    """
    Return whether a token of scope *held* may do what needs *needed*.

    >>> covers("admin", "agent"), covers("read", "agent")
    (True, False)
    """
    return SCOPES.index(held) >= SCOPES.index(needed)


def new_secret() -> str:
    """Return a secret nobody knows yet."""
    return PREFIX + secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """Return the SHA-256 of a secret, in hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()
