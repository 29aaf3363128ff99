"""The stage-1 supernet: how inputs are selected, mixed and shared."""

import pytest
import torch
from torch.nn import functional

from profiler.space import sequential_input
from search.stage1.selection import (
    alpha_shape,
    entropy,
    gene_of,
    gumbel_noise,
    mixing_weights,
    picks_of,
)
from search.stage1.supernet import Stage1Supernet


@pytest.fixture
def supernet():
    torch.manual_seed(0)
    return Stage1Supernet((1, 2, 1), width=4, alpha_init="xavier").eval()


@pytest.mark.parametrize(
    ("place", "shape"), [((0, 3), (7, 5)), ((1, 0), (6, 4)), ((3, 1), (4, 2)), ((4, 0), (3, 1))]
)
def test_a_cell_selects_among_the_iteration_before_and_x(place, shape):
    assert alpha_shape(place, 5) == shape


def test_picks_that_agree_count_once():
    alpha = torch.tensor([[9.0, 9.0, 0.0], [0.0, 0.0, 9.0], [0.0, 0.0, 0.0]]) * 100

    weights = mixing_weights(alpha, tau=1.0)

    # Two columns pick row 0 and share one vote, one picks row 1; x enters by itself; u + 1 = 3.
    torch.testing.assert_close(weights, torch.tensor([1.0, 1.0, 1.0]) / 3)


def test_a_lower_temperature_sharpens_the_selection():
    alpha = torch.tensor([[1.0], [0.0], [0.0]])

    warm, cold = mixing_weights(alpha, 1.0), mixing_weights(alpha, 0.1)

    assert warm[0] < cold[0]
    assert float(cold[0]) == pytest.approx(0.5, abs=1e-4)  # all of it, over u + 1 = 2


def test_noise_moves_the_softmax_but_not_the_argmax():
    alpha = torch.tensor([[0.1, 0.0], [0.0, 0.1], [0.0, 0.0]])
    noise = torch.tensor([[0.0, 0.0], [0.0, 0.0], [500.0, 500.0]])

    weights = mixing_weights(alpha, 1.0, noise)

    # Both columns take x, each with a whole vote, since their argmaxes still differ.
    torch.testing.assert_close(weights, torch.tensor([0.0, 0.0, 3.0]) / 3)


def test_gumbel_noise_is_finite_and_has_the_mean_of_its_distribution():
    noise = gumbel_noise(torch.Size((400, 500)), torch.Generator().manual_seed(0))

    assert noise.isfinite().all()
    assert float(noise.mean()) == pytest.approx(0.5772, abs=0.01)  # Euler's constant


def test_picks_are_the_sorted_argmaxes_of_the_columns():
    alpha = torch.tensor([[0.0, 9.0, 0.0], [0.0, 0.0, 0.0], [9.0, 0.0, 9.0]])

    assert picks_of(alpha) == (0, 2, 2)
    assert gene_of({(0, 0): alpha}).picks == {(0, 0): (0, 2, 2)}


def test_a_new_search_keeps_the_sequential_input_its_fusion_always_adds():
    picks_no_x = torch.tensor([[1.0, 1.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])

    gene = gene_of({(0, 0): picks_no_x, (1, 0): picks_no_x}, keep_x=True)

    assert gene.picks == {(0, 0): (0, 0), (1, 0): (0, 0, 3)}


def test_entropy_leaves_iteration_0_out():
    flat, sharp = torch.zeros(3, 2), torch.tensor([[900.0], [0.0], [0.0]])

    assert entropy({(0, 0): flat, (1, 0): sharp}) == 0
    assert entropy({(0, 0): sharp, (1, 0): flat}) == pytest.approx(1.0986, abs=1e-4)  # ln 3


def test_cells_are_fused_as_the_formula_of_the_specification_says(supernet):
    images = torch.randn(2, 3, 16, 16)

    def operate(index, x):
        level = supernet.places[index][1]
        for b in range(0, len(supernet.norms[index]), 2):
            y = supernet.norms[index][b](supernet.convolutions[level][b](x)).relu()
            y = supernet.norms[index][b + 1](supernet.convolutions[level][b + 1](y))
            x = (y + x).relu()
        return x

    features = {}
    for index, (i, j) in enumerate(supernet.places):
        if (i, j) == (0, 0):
            x = supernet.stem(images)
        else:
            x = features[sequential_input((i, j))]
            x = functional.max_pool2d(x, 2) if j else x
        if i > 0:
            candidates = [
                functional.interpolate(features[(i - 1, k)], x.shape[2:], mode="bilinear")
                for k in range(3 - i + 1)
            ] + [x]
            alpha = supernet.selection[index]
            s, m = alpha.softmax(dim=0), alpha.argmax(dim=0).tolist()
            y = x
            for c in range(alpha.shape[1]):
                column = sum(s[r, c] * candidates[r] for r in range(alpha.shape[0]))
                y = y + column / m.count(m[c])
            x = y / (len(set(m)) + 1)
        features[(i, j)] = operate(index, x)

    torch.testing.assert_close(supernet(images), supernet.head(features[(2, 0)]))


def test_convolutions_are_shared_by_iterations_and_norms_are_not(supernet):
    before = [norm[0].running_mean.clone() for norm in supernet.norms]

    supernet.train()(torch.randn(2, 3, 16, 16)).sum().backward()

    assert len(supernet.convolutions) == 3
    assert len(supernet.norms) == 6
    after = [norm[0].running_mean for norm in supernet.norms]
    assert all(not torch.equal(x, y) for x, y in zip(before, after, strict=True))
    assert not torch.equal(after[0], after[3])  # (0, 0) and (1, 0): one level, two norms


def test_selection_of_iteration_0_never_receives_a_gradient(supernet):
    supernet(torch.randn(2, 3, 16, 16)).sum().backward()

    touched = {
        place: alpha.grad is not None
        for place, alpha in zip(supernet.places, supernet.selection, strict=True)
    }
    assert touched == {place: place[0] > 0 for place in supernet.places}
