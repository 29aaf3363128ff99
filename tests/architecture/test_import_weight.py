"""What importing a package loads and does, each looked at in a process of its own."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("profiler", "lut_server", "device_agents", "search")
RUNTIMES = {"torch", "onnx", "onnxruntime", "tensorrt", "pycuda"}
VALUES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "profiler").rglob("*.py")
    if path.name != "__init__.py"
    and not {"backends", "command", "commands"} & {*path.relative_to(ROOT).parts, path.stem}
)
"""The profiler's modules that are no backend and no command."""

ADAPTERS = {
    "profiler.backends.cuda.cuda_python": "cuda",
    "profiler.backends.cuda.pycuda": "pycuda",
    "profiler.backends.openvino": "openvino",
    "profiler.formats.parquet": "pyarrow",
    "profiler.formats.proxylessnas": "yaml",
    "profiler.platforms.nvml": "pynvml",
    "search.sweep.ray_tasks": "ray",
}
"""Modules that need the package of an extra, which is loaded by name where it is asked for."""

LOOK = """
import importlib, json, pathlib, sys, threading
before = set(sys.modules)
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps({
    "loaded": sorted({name.partition(".")[0] for name in set(sys.modules) - before}),
    "threads": [t.name for t in threading.enumerate() if t is not threading.main_thread()],
    "files": [path.name for path in pathlib.Path.cwd().iterdir()],
}))
"""


def modules_of(package):
    """Every module below *package*, by its file, so that none has to be imported to be found."""
    paths = sorted((ROOT / package).rglob("*.py"))
    names = (".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths)
    found = [name.removesuffix(".__init__") for name in names]
    return [name for name in found if name not in ADAPTERS or find_spec(ADAPTERS[name])]


def look(modules, folder):
    """Import *modules* in a new process in an empty folder; return what that did."""
    result = subprocess.run(
        [sys.executable, "-c", LOOK, json.dumps(modules)],
        cwd=folder, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return json.loads(result.stdout)


def test_the_profilers_values_load_the_standard_library_and_numpy_only(tmp_path):
    loaded = set(look(["profiler", *(v for v in VALUES if v not in ADAPTERS)], tmp_path)["loaded"])

    foreign = loaded - set(sys.stdlib_module_names) - {"profiler", "numpy"}
    assert foreign == set()
    assert "profiler.operations.network" in VALUES


@pytest.mark.parametrize(
    ("package", "forbidden"),
    [
        ("lut_server", RUNTIMES),
        ("device_agents", {"torch", "fastapi", "starlette", "sqlalchemy", "uvicorn"}),
        ("search", {"fastapi", "starlette", "sqlalchemy", "uvicorn"}),
    ],
)
def test_a_package_loads_none_of_what_its_users_need_not_install(package, forbidden, tmp_path):
    loaded = set(look(modules_of(package), tmp_path)["loaded"])

    assert loaded & forbidden == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_importing_a_whole_package_prints_writes_and_starts_nothing(package, tmp_path):
    seen = look(modules_of(package), tmp_path)

    assert seen["threads"] == []
    assert seen["files"] == []
