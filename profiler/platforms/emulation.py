"""
Whether a program runs on an emulated processor.

An emulator shows its program the processor it plays.  QEMU's user mode answers for ``uname`` and
``/proc/self``, and since release 8.2 for ``/proc/cpuinfo`` too.  So several things are asked, and
one that contradicts the program's own architecture is enough:

* what executes: the emulator is the process, and ``/proc/thread-self/exe`` leads to its file;
* the kernel: which architecture it says it is of (Linux 6.1), and what only x86 kernels have;
* ``/proc/cpuinfo`` of an x86 maker, shown to a program of another architecture;
* QEMU's own name for a processor that a whole emulated machine has.

A 32-bit program on a 64-bit kernel of the same family is not emulated.  A whole emulated machine
that is not x86 cannot be told from a virtual one, and is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from profiler.platforms.cpuinfo import Block, first
from profiler.platforms.files import read_text

X86_MAKERS = ("GenuineIntel", "AuthenticAMD")
X86_KERNELS_ONLY = "proc/sys/kernel/bootloader_type"
FAMILIES = {"arm": "arm", "aarch64": "arm", "x86": "x86", "amd64": "x86", "riscv": "riscv"}
"""Beginning of an architecture's name to the family whose programs one processor may run."""
ELF_FAMILIES = {3: "x86", 62: "x86", 40: "arm", 183: "arm", 243: "riscv"}
"""``e_machine`` of an executable file to its family (ELF gABI)."""


def is_emulated(root: Path, blocks: tuple[Block, ...], architecture: str) -> bool:
    """
    Tell an emulated processor from a real one.

    Args:
        root: the system tree to read.
        blocks: what its ``/proc/cpuinfo`` says.
        architecture: the program's own, such as ``aarch64``.
    """
    if "TCG" in (first(blocks, "model name") or ""):
        return True
    own = _family(architecture) or architecture
    return any(other not in (None, own) for other in _witnesses(root, blocks))


def _witnesses(root: Path, blocks: tuple[Block, ...]) -> Iterator[str | None]:
    """Yield the family of the processor underneath, as each witness names it."""
    yield _executing(root)
    yield _family(read_text(root / "proc/sys/kernel/arch") or "")
    yield "x86" if read_text(root / X86_KERNELS_ONLY) else None
    yield "x86" if first(blocks, "vendor_id") in X86_MAKERS else None


def _family(architecture: str) -> str | None:
    if architecture in ("i386", "i486", "i586", "i686"):
        return "x86"
    return next((FAMILIES[name] for name in FAMILIES if architecture.startswith(name)), None)


def _executing(root: Path) -> str | None:
    """Return the family of the executable that runs, whatever ``/proc/self/exe`` claims."""
    try:
        with (root / "proc/thread-self/exe").open("rb") as file:
            header = file.read(20)
    except OSError:
        return None
    return ELF_FAMILIES.get(int.from_bytes(header[18:20], "little")) if _is_elf(header) else None


def _is_elf(header: bytes) -> bool:
    little_endian = header[5:6] == b"\x01"
    return header.startswith(b"\x7fELF") and little_endian and len(header) == 20
