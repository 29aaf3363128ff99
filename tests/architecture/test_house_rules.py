"""Rules of the house that no linter states."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("profiler", "lut_server", "device_agents", "search")
FOLDERS = (*PACKAGES, "tests", "benchmarks", "examples")
LONGEST = 350
"""Lines after which a file holds more than one idea."""

SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def name_of(path):
    return str(path.relative_to(ROOT))


def exported(path):
    """The names a file lists in ``__all__``; None where it has none."""
    for statement in ast.parse(path.read_text()).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__":
            return list(ast.literal_eval(statement.value))
    return None


EXPORTING = [path for path in SOURCES if exported(path) is not None]


def test_no_file_is_longer_than_one_idea():
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in SOURCES}

    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


@pytest.mark.parametrize("path", EXPORTING, ids=name_of)
def test_what_a_module_exports_exists_and_is_listed_once(path):
    dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    module, names = import_module(dotted.removesuffix(".__init__")), exported(path)

    assert len(names) == len(set(names))
    assert [name for name in names if not hasattr(module, name)] == []


def test_the_operations_export_something():
    assert ROOT / "profiler/operations/__init__.py" in EXPORTING


def drawn_parents(text):
    """Name and parent of every line of a tree of ``* Name`` drawn by indentation."""
    path, parents = [], {}
    for indent, name in re.findall(r"^( *)\* (\w+)", text, re.MULTILINE):
        path = [*path[: len(indent) // 2], name]
        parents[name] = path[-2] if len(path) > 1 else None
    return parents


def test_the_tree_of_errors_is_drawn_as_it_is():
    errors = import_module("profiler.errors")
    root = errors.HnaError

    defined = {
        name: None if cls is root else cls.__bases__[0].__name__
        for name, cls in vars(errors).items()
        if isinstance(cls, type) and issubclass(cls, root)
    }

    assert drawn_parents(errors.__doc__) == defined
