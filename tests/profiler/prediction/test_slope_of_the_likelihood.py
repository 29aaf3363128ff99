"""The gradient by which scales are learnt, against differences of the likelihood itself."""

import numpy as np
import pytest

from profiler.prediction.design import design_of
from profiler.prediction.process import prior
from profiler.prediction.slope import Slope


@pytest.fixture
def slope(device):
    """The likelihood of six operations of known latency, and the prior of its scales."""
    some, _ = device.drawn(6)
    design = design_of(some, 16)
    values = np.log([device.latency_us(operation) for operation in some])
    slope = Slope(
        kernels=design.kernels,
        operations=design.operations,
        names=design.names,
        middle=design.kernels.sizes.mean(axis=0),
        shares=design.counts / design.counts.sum(axis=1, keepdims=True),
        aims=values - values.mean(),
        doubts=np.full(6, 0.02),
        belief=np.linspace(0.5, 1.2, 6),
    )
    return slope, prior(design.names)[0]


def test_the_gradient_is_what_differences_say(slope):
    likelihood, scales = slope
    scales = scales + 0.1

    found = likelihood(scales).gradient

    for index in range(len(scales)):
        step = np.zeros(len(scales))
        step[index] = 1e-5
        ahead, behind = likelihood(scales + step).value, likelihood(scales - step).value
        assert found[index] == pytest.approx((ahead - behind) / 2e-5, rel=1e-3, abs=1e-3)
