"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from profiler.errors import RunInvalid


def write_atomically(path: Path, content: bytes | memoryview) -> None:
    """
    Replace the file at *path* by *content* in one step.

    Raises:
        RunInvalid: it could not be written; the previous file is intact.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            temporary = Path(file.name)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)  # a temporary file is private to its owner, a result is not
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise RunInvalid(
            f"{path} could not be written ({error.strerror}); what was there before is intact"
        ) from error
