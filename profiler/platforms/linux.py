"""
Who a Linux machine is: x86 and ARM, from files every user may read.

The fingerprint is made of facts that outlive a reboot and a kernel update.  It holds no clock, no
bogomips, no host name.  Memory counts only where nothing tells units apart, because kernels
reserve more or less of it.  Two machines without any unit identity (some containers) that are of
one kind share a fingerprint; give each a ``/etc/machine-id`` to tell them apart.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
from pathlib import Path

from profiler.device import Device
from profiler.platforms.cores import clusters
from profiler.platforms.cpuinfo import Block, arm_core, first, processors, read_cpuinfo
from profiler.platforms.emulation import is_emulated
from profiler.platforms.files import read_text
from profiler.platforms.jetson import jetson_module

GIB = 2**30
UNIT_FILES = (
    "proc/device-tree/serial-number",
    "etc/machine-id",
    # Readable by root only, so it comes last: an agent must be the same device with and without
    # privileges.
    "sys/class/dmi/id/product_uuid",
)
PLACEHOLDERS = ("uninitialized", "03000200-0400-0500-0006-000700080009")
"""What an image before its first boot, and a careless mainboard maker, give every unit."""
NOISE_WORDS = re.compile(
    r"\((r|tm|c)\)|@.*|\bcpu\b|\bprocessor\b|\b\d+-core\b|\bwith\b.*graphics.*", re.IGNORECASE
)


def identify(root: Path = Path("/"), machine: str | None = None) -> Device:
    """
    Return who this machine is.

    Args:
        root: the system tree to read; another folder stands for another machine.
        machine: the instruction set, such as ``x86_64``; by default the running kernel's.
    """
    blocks = read_cpuinfo(root)
    architecture = machine or platform.machine()
    cores = _present_cores(root) or len(processors(blocks)) or 1
    emulated = is_emulated(root, blocks, architecture)
    # Neither the processor underneath nor the one played may name it: those name real tables.
    kind = f"emulated {architecture}" if emulated else _kind(root, blocks) or architecture
    model = f"{_slug(kind)}-{cores}-{'core' if cores == 1 else 'cores'}"
    memory_bytes = _memory_bytes(root)
    return Device(
        fingerprint=_fingerprint(root, blocks, (model, architecture), memory_bytes),
        model=model,
        name=read_text(root / "proc/sys/kernel/hostname") or model,
        architecture=architecture,
        cores=cores,
        memory_bytes=memory_bytes,
        system=_system(root),
        clusters=() if emulated else clusters(root),
        emulated=emulated,
    )


def _kind(root: Path, blocks: tuple[Block, ...]) -> str | None:
    """Return the module's or the board's name if it has one, else its processor's."""
    board = jetson_module(root) or read_text(root / "proc/device-tree/model")
    if board and "dummy" not in board:  # QEMU's machine calls itself linux,dummy-virt
        return board
    vendor = _vendor(first(blocks, "vendor_id"))
    named = first(blocks, "model name")
    # 32-bit ARM kernels call every core "ARMv7 Processor rev 3 (v7l)": no name at all.
    if named and not named.startswith("ARMv"):
        return named if named.lower().startswith(vendor) else f"{vendor} {named}"
    family, number = first(blocks, "cpu family"), first(blocks, "model")
    if family and number:
        return f"{vendor} family {family} model {number}"
    return first(blocks, "Model") or first(blocks, "Hardware") or arm_core(blocks)


def _vendor(vendor_id: str | None) -> str:
    return {"GenuineIntel": "intel", "AuthenticAMD": "amd"}.get(vendor_id or "", "")


def _slug(text: str) -> str:
    """
    Return *text* as lower-case words joined by hyphens, without the noise of marketing.

    >>> _slug("Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz")
    'intel-xeon-e5-2680-v4'
    """
    words = re.findall(r"[a-z0-9]+", NOISE_WORDS.sub(" ", text).lower())
    return "-".join(words) or "unnamed"


def _present_cores(root: Path) -> int:
    """Count the cores the machine has: power modes switch some off, so ``online`` will not do."""
    ranges = re.findall(
        r"(\d+)(?:-(\d+))?", read_text(root / "sys/devices/system/cpu/present") or ""
    )
    return sum(int(last or start) - int(start) + 1 for start, last in ranges)


def _memory_bytes(root: Path) -> int:
    """Return the main memory, rounded up to whole GiB: the kernel hides what it reserves."""
    found = re.search(
        r"^MemTotal:\s*(\d+) kB", read_text(root / "proc/meminfo") or "", re.MULTILINE
    )
    total_bytes = int(found[1]) * 1024 if found else 0
    return -(-total_bytes // GIB) * GIB


def _system(root: Path) -> str:
    release = read_text(root / "etc/os-release") or ""
    pretty = re.search(r'^PRETTY_NAME="?(.*?)"?$', release, re.MULTILINE)
    kernel = read_text(root / "proc/sys/kernel/osrelease")
    name = pretty[1] if pretty else "Linux"
    return f"{name}, kernel {kernel}" if kernel else name


def _fingerprint(
    root: Path, blocks: tuple[Block, ...], facts: tuple[str, ...], memory_bytes: int
) -> str:
    vendor = first(blocks, "vendor_id") or first(blocks, "CPU implementer") or ""
    identity = ["hna-nas", *facts, vendor, first(blocks, "model name") or ""]
    identity.append(_unit(root, blocks) or str(memory_bytes))
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:32]


def _unit(root: Path, blocks: tuple[Block, ...]) -> str | None:
    """Return what tells this unit from others of its kind; None where nothing does."""
    found = (first(blocks, "Serial"), *(read_text(root / name) for name in UNIT_FILES))
    return next((text for text in found if text and not _is_placeholder(text)), None)


def _is_placeholder(text: str) -> bool:
    return not text.strip("0-") or text.lower() in PLACEHOLDERS
