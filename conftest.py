"""
Which modules are not collected: adapters of packages that are not installed.

Each loads one such package where it begins.  Collected without it, it would stay behind half
loaded, and whoever asks for it by name later would get that instead of the reason why it is absent.
"""

from importlib.util import find_spec

ADAPTERS = {
    "profiler/backends/cuda/cuda_python.py": "cuda",
    "profiler/backends/cuda/pycuda.py": "pycuda",
    "profiler/backends/openvino.py": "openvino",
    "profiler/platforms/nvml.py": "pynvml",
}

collect_ignore = [path for path, package in ADAPTERS.items() if find_spec(package) is None]
