"""Who may know whom: the arrows of the architecture, read from the source."""

import os
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("profiler", "lut_server", "device_agents", "search")
PUBLIC_SERVER_MODULES = {"lut_server", "lut_server.wire", "lut_server.client"}
RUNTIMES = ("torch", "onnx", "onnxruntime", "openvino", "tensorrt", "pycuda")


@pytest.fixture(scope="module")
def imports():
    return grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)


def importers_of(imports, package):
    """Modules of this project that import the external *package* by statement."""
    if package not in imports.modules:
        return set()
    return imports.find_modules_that_directly_import(package)


def test_every_contract_of_import_linter_is_kept():
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"

    result = subprocess.run(
        [sys.executable, "-c", command, "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip

    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


@pytest.mark.parametrize("package", ["device_agents", "search"])
def test_of_the_server_only_wire_and_client_are_imported_by_others(imports, package):
    private = {
        (module, imported)
        for module in {package, *imports.find_descendants(package)}
        for imported in imports.find_modules_directly_imported_by(module)
        if imported.startswith("lut_server") and imported not in PUBLIC_SERVER_MODULES
    }

    assert private == set()


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_in_the_profiler_only_backends_import_a_runtime(imports, runtime):
    importers = {m for m in importers_of(imports, runtime) if m.startswith("profiler")}

    assert {m for m in importers if not m.startswith("profiler.backends.")} == set()


def test_nobody_imports_the_adapter_of_a_runtime_by_statement(imports):
    adapters = {
        f"profiler.backends.{runtime}"
        for runtime in RUNTIMES
        if f"profiler.backends.{runtime}" in imports.modules
    }

    assert adapters >= {"profiler.backends.torch", "profiler.backends.onnxruntime"}
    for adapter in adapters:
        assert imports.find_modules_that_directly_import(adapter) == set()


def test_of_the_server_only_the_client_knows_the_http_library(imports):
    importers = {m for m in importers_of(imports, "httpx2") if m.startswith("lut_server")}

    assert importers == {"lut_server.client.connection"}
