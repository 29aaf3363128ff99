"""The curves the reference writes, against what it wrote."""

import os
from pathlib import Path

import numpy as np
import pytest

from search.metrics.reference import ReferenceCurves

ROOT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("HNA_DATA", ROOT.parent / "shared" / "data")).parent
GOLDEN = SHARED / "spec" / "golden" / "metrics_golden.npz"


@pytest.fixture(scope="module")
def golden():
    if not GOLDEN.is_file():
        pytest.skip(f"{GOLDEN} is absent; it is not part of the repository")
    return dict(np.load(GOLDEN))


@pytest.fixture(scope="module")
def figures(golden):
    curves = ReferenceCurves(10)
    for logits, mask in zip(golden["logits"][:, 0], golden["masks"][:, 0] > 0, strict=True):
        curves.add(logits, mask)
    return curves.figures()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("true_positive_rate", "tpr"),
        ("true_positive_rate", "recall"),
        ("false_positive_rate", "fpr"),
        ("precision", "precision"),
        ("pd", "PD"),
        ("fa", "FA"),
    ],
)
def test_every_curve_is_the_official_one_to_the_last_digit(golden, figures, ours, theirs):
    np.testing.assert_allclose(getattr(figures, ours), golden[theirs], rtol=1e-12, atol=0)


def test_rates_have_a_thousandth_below_the_line():
    mask = np.array([[True, True, False, False]])
    logits = np.array([[9.0, -9.0, 9.0, -9.0]], dtype=np.float32)
    curves = ReferenceCurves(2)

    curves.add(logits, mask)

    figures = curves.figures()
    np.testing.assert_allclose(figures.true_positive_rate, [2 / 2.001, 1 / 2.001, 0])
    np.testing.assert_allclose(figures.false_positive_rate, [2 / 2.001, 1 / 2.001, 0])
    np.testing.assert_allclose(figures.precision, [2 / 4.001, 1 / 2.001, 0])


def test_bins_of_pd_are_compared_with_logits_so_that_sure_targets_get_lost():
    mask = np.zeros((9, 9), dtype=np.bool_)
    mask[3:5, 3:5] = True
    logits = np.where(mask, 26.0, -9.0).astype(np.float32)
    curves = ReferenceCurves(10)

    curves.add(logits, mask)

    assert curves.figures().pd.tolist() == [1, 1] + [0] * 9  # 26 is above 25.5, not above 51


def test_without_targets_pd_is_no_number_as_there():
    curves = ReferenceCurves(10)

    curves.add(np.zeros((4, 4), np.float32), np.zeros((4, 4), np.bool_))

    assert np.isnan(curves.figures().pd).all()
