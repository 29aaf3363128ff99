"""The adapter to NVIDIA's library, against a small library that answers what a driver answered."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pynvml", reason="nvidia-ml-py is not installed")

SOURCE = Path(__file__).with_name("nvml_recorded.c")
READ = """
import json
from dataclasses import asdict
from profiler.energy.sources import nvidia_rails
from profiler.errors import HnaError
from profiler.platforms.gpu import open_gpus
try:
    (gpu,) = open_gpus()
except HnaError as error:
    print(json.dumps(str(error)))
else:
    (rail,) = nvidia_rails(gpu).found
    told = asdict(gpu.facts), asdict(gpu.state()), gpu.watts(), rail.name
    print(json.dumps([*told, rail.joules(), rail.joules()]))
"""


def ask(libraries):
    """Open the GPUs in a process that finds its libraries in a folder."""
    environment = {**os.environ, "LD_LIBRARY_PATH": str(libraries)}
    process = subprocess.run(
        [sys.executable, "-c", READ], env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(process.stdout)


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    """Compile the library; return the folder it is in."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")

    def build(*flags):
        folder = tmp_path_factory.mktemp("driver")
        library = folder / "libnvidia-ml.so.1"
        command = [compiler, "-shared", "-fPIC", *flags, str(SOURCE), "-o", str(library)]
        subprocess.run(command, check=True, capture_output=True)
        return folder

    return build


def test_a_machine_without_a_driver_is_one_line(tmp_path):
    if shutil.which("nvidia-smi"):
        pytest.skip("this machine has a driver")

    assert ask(tmp_path) == (
        "no NVIDIA driver: libnvidia-ml.so.1 was not found; GPUs cannot be read"
    )


def test_what_a_driver_tells_has_names_and_units(driver):
    facts, state, watts, rail, first_j, second_j = ask(driver())

    assert facts == {
        "name": "NVIDIA H100 80GB HBM3",
        "uuid": "GPU-01234567-89ab-cdef-0123-456789abcdef",
        "memory_bytes": 85520809984,
        "driver": "570.86.15",
        "cuda": "12.8",
        "power_limit_w": 700.0,
        "persistence": True,
    }
    assert state == {
        "clock_mhz": 1980.0,
        "load": 0.97,
        "temperature_c": 54.0,
        "reasons": ["sw_power_cap"],  # idle and a setting of application clocks were told too
        "held_down_s": 1.5,
        "processes": [4001, 4002],
    }
    assert watts == 412.345
    assert rail == "nvml:total"
    assert second_j - first_j == 2.5


def test_what_an_old_driver_lacks_is_absent_and_the_old_name_is_tried(driver):
    _, state, _, rail, first_j, second_j = ask(driver("-DOLD"))

    assert state["reasons"] == ["hw_slowdown", "hw_thermal_slowdown"]
    assert state["held_down_s"] is None
    assert rail == "nvml:power"
    assert first_j == 0.0
    assert 0.0 < second_j < 412.345  # less than a second passed
