"""Outcomes of searches by hand."""

import pytest

from search.sweep.perform import Outcome


@pytest.fixture
def outcome():
    """Make the outcome of a search; without an mIoU it failed."""

    def made(measured_ms, miou, *, device="board", budget_ms=2.0, seed=0):
        failed = miou is None
        return Outcome(
            name=f"{device}-{budget_ms:g}ms-seed{seed}",
            device=device,
            budget_us=1000 * budget_ms,
            seed=seed,
            predicted_us=None if failed else 1000 * measured_ms + 10,
            measured_us=None if failed else 1000 * measured_ms,
            miou=miou,
            error="no network meets 2 us" if failed else None,
        )

    return made
