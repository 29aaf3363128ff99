"""Checkpoints are replaced whole or not at all."""

import resource
from contextlib import contextmanager

import pytest
import torch

from profiler.errors import RunInvalid
from search.checkpoint import load_checkpoint, save_checkpoint


@contextmanager
def _files_of_at_most(size_bytes):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_was_saved_is_loaded(tmp_path):
    state = {"epoch": 3, "weights": {"w": torch.arange(4.0)}, "plan": {"name": "x", "none": None}}

    save_checkpoint(tmp_path / "new" / "a.pt", state)
    loaded = load_checkpoint(tmp_path / "new" / "a.pt")

    assert torch.equal(loaded["weights"].pop("w"), torch.arange(4.0))
    assert loaded == {"epoch": 3, "weights": {}, "plan": {"name": "x", "none": None}}


def test_a_disk_that_takes_no_more_leaves_the_previous_checkpoint(tmp_path):
    path = tmp_path / "a.pt"
    save_checkpoint(path, {"epoch": 1})

    with _files_of_at_most(4096), pytest.raises(RunInvalid, match=r"a\.pt could not be written"):
        save_checkpoint(path, {"epoch": 2, "w": torch.zeros(100_000)})

    assert load_checkpoint(path) == {"epoch": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_an_absent_checkpoint_is_named(tmp_path):
    with pytest.raises(RunInvalid, match=r"gone\.pt: there is no checkpoint"):
        load_checkpoint(tmp_path / "gone.pt")


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 cut short"])
def test_a_corrupt_checkpoint_is_named(tmp_path, content):
    path = tmp_path / "a.pt"
    path.write_bytes(content)

    with pytest.raises(RunInvalid, match=r"a\.pt is no readable checkpoint"):
        load_checkpoint(path)


def test_a_checkpoint_cut_short_is_named(tmp_path):
    path = tmp_path / "a.pt"
    save_checkpoint(path, {"w": torch.zeros(1000)})
    path.write_bytes(path.read_bytes()[:2000])

    with pytest.raises(RunInvalid, match=r"a\.pt is no readable checkpoint"):
        load_checkpoint(path)


class _Intruder:
    def __reduce__(self):
        return (open, ("/dev/null",))


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path):
    path = tmp_path / "a.pt"
    torch.save({"w": _Intruder()}, path)

    with pytest.raises(RunInvalid, match=r"a\.pt is no readable checkpoint"):
        load_checkpoint(path)


def test_a_checkpoint_of_something_else_is_refused(tmp_path):
    torch.save([1, 2], tmp_path / "a.pt")

    with pytest.raises(RunInvalid, match="holds a list"):
        load_checkpoint(tmp_path / "a.pt")
