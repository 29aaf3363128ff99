"""
Shares as people type them: ``5%`` or ``0.05``.

A share lies between nothing and all, both excluded: an error of 0 % is never reached and one of
100 % promises nothing, so both are refused.
"""

from __future__ import annotations

from profiler.errors import HnaError


def share(text: str) -> float:
    """
    Return the share that *text* names, as a number between 0 and 1.

    Args:
        text: a percentage such as ``5%``, or the share itself, such as ``0.05``.

    Raises:
        HnaError: it is no number, or none between 0 and 1.

    >>> share("5%"), share("0.05"), share(" 2.5 %")
    (0.05, 0.05, 0.025)
    """
    bare = text.strip()
    number = bare.removesuffix("%")
    try:
        value = float(number) / (1 if number == bare else 100)
    except ValueError:
        raise HnaError(_refusal(text, "is no number")) from None
    if not 0 < value < 1:  # NaN is not, either
        raise HnaError(_refusal(text, "is not between 0 % and 100 %"))
    return value


def _refusal(text: str, why: str) -> str:
    return f"{text!r} {why}; give a share such as 5% or 0.05"
