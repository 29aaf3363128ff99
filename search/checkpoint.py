"""
Checkpoints: what a run needs to go on exactly where it stopped.

A checkpoint is replaced in one step (temporary file in the same folder, fsync, rename), so a
killed process or a full disk leaves the previous one.  Only tensors and plain values are read
back: a checkpoint cannot run code.
"""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import torch

from profiler.atomic import write_atomically
from profiler.errors import RunInvalid


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """
    Replace the checkpoint at *path* by *state* in one step.

    Args:
        path: the file; its folder is made when absent.
        state: tensors, numbers, text, and lists and dictionaries of them.

    Raises:
        RunInvalid: it could not be written; the previous checkpoint is intact.
    """
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_atomically(path, buffer.getbuffer())


def load_checkpoint(path: Path) -> dict[str, Any]:
    """
    Return the state that ``save_checkpoint`` wrote to *path*, its tensors on the CPU.

    Raises:
        RunInvalid: there is no such file, or it is no checkpoint.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise RunInvalid(f"{path}: there is no checkpoint; name the folder of a run") from error
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise RunInvalid(
            f"{path} is no readable checkpoint ({_first_line(error)}); "
            "remove it to start the run from the beginning"
        ) from error
    if not isinstance(state, dict):
        raise RunInvalid(f"{path} holds a {type(state).__name__}, not the state of a run")
    return state


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
