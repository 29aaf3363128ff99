"""``torch.compile``, and what it needs beside torch."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec

import torch
from torch import nn

from profiler.errors import BackendUnavailable


def require_compilers(*, on_gpu: bool, which: Callable[[str], str | None] = shutil.which) -> None:
    """
    Check that what ``torch.compile`` calls is there.

    Args:
        on_gpu: kernels for a GPU are made by Triton and started by code in C; those for the CPU
            are in C++.
        which: finds a program.

    Raises:
        BackendUnavailable: names what is missing.
    """
    if on_gpu and find_spec("triton") is None:
        raise BackendUnavailable("torch.compile needs triton on a GPU; pip install triton")
    language, variable, usual = ("C", "CC", "gcc clang") if on_gpu else ("C++", "CXX", "g++")
    programs = os.environ.get(variable) or usual
    if not any(which(program) for program in programs.split()):
        raise BackendUnavailable(
            f"torch.compile needs a {language} compiler and {programs.replace(' ', ' or ')} is not "
            f"on the PATH; install one, name it in {variable}, or choose mode=eager"
        )


def compiled(module: nn.Module, inputs: Sequence[torch.Tensor]) -> Callable[..., object]:
    """
    Return *module* compiled whole; a part left to the interpreter is an error.

    What torch warns of while it compiles is its own use of what it deprecates.
    """
    call: Callable[..., object] = torch.compile(module, fullgraph=True, dynamic=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        call(*inputs)
    return call
