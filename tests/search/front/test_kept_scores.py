"""What ``scores.json`` keeps, and what is refused in its place."""

import pytest

from profiler.errors import RunInvalid
from search.front.run import open_run


def test_scores_come_back_as_they_were_kept(folder, space, topology):
    kept = folder.scores()

    assert kept.devices == ("board-a", "board-b")
    assert (kept.base.loss, kept.base.miou) == (0.6, 0.4)
    assert list(kept.candidates) == list(kept.scores) == list(topology.places)
    assert kept.candidates[(1, 0)] == space.candidates
    assert kept.scores[(1, 0)] == tuple(kept.cells["cell_1_0"].values())


def test_a_search_that_scored_nothing_is_said_to_have(folder):
    (folder.path / "scores.json").unlink()

    with pytest.raises(RunInvalid, match=r"scores\.json is absent: the search has not scored"):
        folder.scores()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.update(format=2), r"no scores of format 1: format: Input should be 1"),
        (lambda d: d.update(cells={"x": {"a": 1.0}}), r"scores\.json: x is no cell with scores"),
        (lambda d: d.update(cells={}), r"scores\.json: nothing is no cell with scores"),
        (lambda d: d["cells"].update(cell_0_0={}), r"cell_0_0 is no cell with scores"),
        (lambda d: d["base"].pop("loss"), r"base\.loss: Field required"),
    ],
)
def test_a_file_that_is_not_what_was_kept_is_refused_in_one_line(folder, edited, change, said):
    edited(folder.path / "scores.json", change)

    with pytest.raises(RunInvalid, match=said) as caught:
        folder.scores()
    assert "\n" not in str(caught.value)


def test_scores_of_another_topology_are_refused(folder, edited):
    edited(folder.path / "scores.json", lambda d: d["cells"].pop("cell_1_1"))

    with pytest.raises(RunInvalid, match=r"has 5 cells that are not the 6 of gene\.txt"):
        open_run(folder)


def test_a_folder_of_no_search_is_refused(folder, edited):
    edited(folder.path / "configuration.json", lambda d: d.pop("configuration"))

    with pytest.raises(RunInvalid, match=r"configuration\.json holds no configuration of a search"):
        open_run(folder)
    (folder.path / "configuration.json").unlink()
    with pytest.raises(RunInvalid, match=r"configuration\.json cannot be read"):
        open_run(folder)


def test_a_pinned_table_that_is_gone_is_named(folder):
    folder.table(1).unlink()

    with pytest.raises(RunInvalid, match=r"table_2\.json of board-b is absent"):
        list(open_run(folder).devices())
