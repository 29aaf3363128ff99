"""
The CUDA adapters: why none works here, and what the real package does with a driver.

There is no driver without a GPU, so ``cuda_stand_in.c``, built here, takes its place: it
has the driver's interface on main memory.  The package under test and the adapter are the real
ones; they run in a process of their own, which finds the stand-in instead of a driver.
"""

import ctypes
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from profiler.backends.cuda.opening import DRIVER_LIBRARY, open_cuda
from profiler.errors import BackendUnavailable

HERE = Path(__file__).parent
ROOT = HERE.parents[2]

EXERCISE = """
import json
import numpy as np
from profiler.backends.cuda.opening import open_cuda

cuda = open_cuda(0)
sent, received = np.arange(6, dtype=np.float32), np.zeros(6, dtype=np.float32)
address = cuda.allocate(sent.nbytes)
cuda.upload(address, sent)
cuda.download(address, received)
cuda.fill(address, 0, 8)
filled = np.zeros(6, dtype=np.float32)
cuda.download(address, filled)
with cuda.capture(lambda: cuda.fill(address, 255, 8)) as launch:
    launch()
elapsed_us = cuda.elapsed_us(lambda: sum(range(200_000)))
try:
    cuda.allocate(2**40)
except Exception as error:
    refused = f"{type(error).__name__}: {error}"
cuda.free(address)
cuda.close()
print(json.dumps({
    "package": cuda.package,
    "name": cuda.properties.name,
    "uuid": cuda.properties.uuid,
    "capability": cuda.properties.capability,
    "l2_bytes": cuda.properties.l2_bytes,
    "cuda": cuda.properties.cuda,
    "stream": cuda.stream,
    "received": received.tolist(),
    "filled": filled.tolist(),
    "elapsed_us": elapsed_us,
    "refused": refused,
}))
"""

OPEN = """
from profiler.backends.cuda.opening import open_cuda
from profiler.errors import HnaError
try:
    open_cuda(0)
except HnaError as error:
    print(f"{type(error).__name__}: {error}")
"""


def has_driver():
    try:
        ctypes.CDLL(DRIVER_LIBRARY)
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    """A folder with the stand-in under the name of the driver's library."""
    if importlib.util.find_spec("cuda") is None:
        pytest.skip("cuda-bindings is not installed")
    if shutil.which("cc") is None:
        pytest.skip("no C compiler to build the stand-in for the driver with")
    folder = tmp_path_factory.mktemp("driver")
    library = folder / DRIVER_LIBRARY
    command = ["cc", "-shared", "-fPIC", "-w", "-o", str(library), str(HERE / "cuda_stand_in.c")]
    subprocess.run([*command, "-ldl"], check=True)
    return folder


def python(code, **environment):
    """What *code* prints in a process of its own."""
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@pytest.fixture(scope="module")
def seen(driver):
    return json.loads(python(EXERCISE, LD_LIBRARY_PATH=str(driver)))


@pytest.mark.skipif(has_driver(), reason="this machine has NVIDIA's driver")
def test_without_a_driver_the_reason_is_one_line_that_names_it():
    with pytest.raises(BackendUnavailable, match=r"^no CUDA driver: libcuda\.so\.1 not found; .*$"):
        open_cuda()


def test_a_driver_without_a_gpu_says_so(driver):
    said = python(OPEN, LD_LIBRARY_PATH=str(driver), HNA_DEVICES="0")

    assert said == (
        "BackendUnavailable: GPU 0 cannot be used: CUDA: cuInit: "
        "no CUDA-capable device is detected (CUDA_ERROR_NO_DEVICE)"
    )


def test_a_driver_without_any_package_names_the_extra(driver, tmp_path):
    hidden = "import sys; sys.modules['cuda'] = None; sys.modules['pycuda'] = None\n"

    said = python(hidden + OPEN, LD_LIBRARY_PATH=str(driver))

    assert said == (
        "ExtraMissing: cuda-bindings or pycuda is not installed; "
        "install it with: pip install 'hna-nas[cuda]'"
    )


def test_a_package_built_for_another_driver_is_named_with_its_reason(driver, tmp_path):
    (tmp_path / "pycuda").mkdir()
    (tmp_path / "pycuda/__init__.py").write_text("VERSION_TEXT = '0'")
    broken = "raise ImportError('undefined symbol: cuArrayCreate_v2')"
    (tmp_path / "pycuda/driver.py").write_text(broken)
    hidden = f"import sys; sys.modules['cuda'] = None; sys.path.insert(0, {str(tmp_path)!r})\n"

    said = python(hidden + OPEN, LD_LIBRARY_PATH=str(driver))

    assert said == (
        "BackendUnavailable: no CUDA package works here: pycuda: undefined symbol: cuArrayCreate_v2"
    )


def test_the_package_tells_who_the_gpu_is(seen):
    assert seen["package"].startswith("cuda-bindings ")
    assert seen["name"] == "NVIDIA Stand-In 1"
    assert seen["uuid"] == "000102030405060708090a0b0c0d0e0f"
    assert seen["capability"] == [8, 9]
    assert seen["l2_bytes"] == 2**22
    assert seen["cuda"] == "13.0"


def test_what_is_copied_to_the_gpu_comes_back(seen):
    assert seen["received"] == [0, 1, 2, 3, 4, 5]


def test_filling_writes_bytes_and_no_further(seen):
    assert seen["filled"] == [0, 0, 2, 3, 4, 5]


def test_time_between_events_is_in_microseconds(seen):
    assert 100 < seen["elapsed_us"] < 1e6  # adding 200,000 numbers takes milliseconds


def test_what_the_driver_refuses_is_an_error_of_ours(seen):
    expected = "BackendFailed: CUDA: cuMemAlloc: out of memory (CUDA_ERROR_OUT_OF_MEMORY)"

    assert seen["refused"] == expected


def test_the_stream_is_the_number_of_a_handle(seen):
    assert seen["stream"] > 0
