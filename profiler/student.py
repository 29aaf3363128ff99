"""Quantiles of Student's t distribution, without a statistics library on the board."""

from __future__ import annotations

from statistics import NormalDist


def student_quantile(share: float, degrees: float) -> float:
    """
    Return the quantile of Student's t, by the Cornish-Fisher expansion.

    Within 0.2 % of the exact value for *degrees* of at least 4 and *share* up to 0.95, within 1 %
    up to 0.995 (Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5).

    >>> round(student_quantile(0.95, 10), 2)
    1.81
    """
    z = NormalDist().inv_cdf(share)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum(term / degrees**power for power, term in enumerate(terms))
