"""Which path a step runs."""

import torch

from search.stage2.architecture import Architecture
from search.stage2.plan import Stage2Plan
from search.stage2.sampling import Sampler

COUNTS = [4] * 200


def local(openness, epoch=9, mode="two", counts=COUNTS):
    plan = Stage2Plan(warmup_epochs=4, search_epochs=6, openness=openness, mode=mode)
    return Sampler(Architecture(counts, [2] * len(counts)), plan, epoch)


def test_all_cells_stand_still_at_the_beginning_of_the_warm_up():
    sampler = local(openness=1.0, epoch=1)

    path = sampler.weight_path(torch.Generator().manual_seed(0))

    assert set(path.active) == {2}


def test_about_the_share_of_cells_asked_for_is_open():
    generator = torch.Generator().manual_seed(0)

    path = local(openness=0.5).architecture_path(generator)

    still = sum(involved == (2,) for involved in path.involved)
    assert 70 < still < 130
    assert {len(involved) for involved in path.involved} == {1, 2}


def test_open_cells_deal_every_candidate_once_before_any_again():
    sampler = local(openness=1.0)
    generator = torch.Generator().manual_seed(0)

    paths = [sampler.weight_path(generator).active for _ in range(4)]

    assert all(sorted(dealt) == [0, 1, 2, 3] for dealt in zip(*paths, strict=True))


def test_a_dropped_candidate_is_dealt_no_more():
    sampler = local(openness=1.0, counts=[3])
    sampler._architecture.drop(0, 1)
    fresh = Sampler(sampler._architecture, sampler._plan, 9)
    generator = torch.Generator().manual_seed(0)

    dealt = {fresh.weight_path(generator).active[0] for _ in range(6)}

    assert dealt == {0, 2}


def test_the_most_probable_candidate_left_stands_in_for_a_dropped_anchor():
    architecture = Architecture([3], [2])
    with torch.no_grad():
        architecture.alpha.copy_(torch.tensor([[0.0, 1.0, 5.0]]))

    architecture.drop(0, 2)

    assert architecture.base.tolist() == [1]


def test_a_cell_that_stands_still_sends_no_gradient_to_its_alphas():
    architecture = Architecture([3, 3], [0, 0])
    path = architecture.full_path(torch.Generator().manual_seed(0), {0: 1})

    path.gates[:, :2].square().sum().backward()

    assert path.active[0] == 1
    assert architecture.alpha.grad[0].tolist() == [0, 0, 0]
    assert architecture.alpha.grad[1].abs().sum() > 0
