"""Folders that stand for the root of a machine, and the boards of ``boards.toml``."""

import tomllib
from pathlib import Path

import pytest

BOARDS = tomllib.loads((Path(__file__).parent / "boards.toml").read_text())


class Tree:
    """A folder that stands for the root of a machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, text: str) -> "Tree":
        """Make one file, with its folders."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return self


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path)


@pytest.fixture
def jetson(tree):
    """Make the tree of one of the boards, by its name."""

    def make(name):
        board = dict(BOARDS[name])
        cores, part = board.pop("cores"), board.pop("part")
        for path, text in board.items():
            tree.write(path, text if text.endswith("\0") else f"{text}\n")
        blocks = (
            f"processor: {n}\nCPU implementer: 0x41\nCPU part: {part}\n" for n in range(cores)
        )
        tree.write("proc/cpuinfo", "\n".join(blocks))
        tree.write("sys/devices/system/cpu/present", f"0-{cores - 1}\n")
        return tree.write("proc/meminfo", "MemTotal: 7802908 kB\n")

    make.names = tuple(BOARDS)
    return make
