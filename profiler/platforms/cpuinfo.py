"""
What ``/proc/cpuinfo`` says, on x86 and on ARM.

Only what stays the same between reboots is read for identity: no clock, no bogomips.
ARM names its cores by numbers: Arm's main ID register, tables as in util-linux ``lscpu-arm.c``.
"""

from __future__ import annotations

import re
from pathlib import Path

from profiler.platforms.files import read_text

IMPLEMENTERS = {
    0x41: "arm",
    0x46: "fujitsu",
    0x48: "hisilicon",
    0x4E: "nvidia",
    0x50: "apm",
    0x51: "qualcomm",
    0x53: "samsung",
    0x61: "apple",
    0xC0: "ampere",
}
ARM_PARTS = {
    0xC07: "cortex-a7",
    0xC08: "cortex-a8",
    0xC09: "cortex-a9",
    0xC0F: "cortex-a15",
    0xD03: "cortex-a53",
    0xD04: "cortex-a35",
    0xD05: "cortex-a55",
    0xD07: "cortex-a57",
    0xD08: "cortex-a72",
    0xD09: "cortex-a73",
    0xD0A: "cortex-a75",
    0xD0B: "cortex-a76",
    0xD0C: "neoverse-n1",
    0xD0D: "cortex-a77",
    0xD40: "neoverse-v1",
    0xD41: "cortex-a78",
    0xD42: "cortex-a78ae",
    0xD44: "cortex-x1",
    0xD46: "cortex-a510",
    0xD47: "cortex-a710",
    0xD48: "cortex-x2",
    0xD49: "neoverse-n2",
    0xD4D: "cortex-a715",
    0xD4E: "cortex-x3",
    0xD4F: "neoverse-v2",
    0xD80: "cortex-a520",
    0xD81: "cortex-a720",
    0xD82: "cortex-x4",
    0xD83: "neoverse-v3ae",
    0xD84: "neoverse-v3",
}

Block = dict[str, str]
"""The fields of one processor, or of the machine."""


def read_cpuinfo(root: Path) -> tuple[Block, ...]:
    """Return the blocks of ``/proc/cpuinfo`` under *root*; none where it cannot be read."""
    text = read_text(root / "proc/cpuinfo") or ""
    blocks = (_block(part) for part in re.split(r"\n\s*\n", text))
    return tuple(block for block in blocks if block)


def _block(text: str) -> Block:
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip(): value.strip() for name, colon, value in pairs if colon}


def processors(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return the blocks that describe a processor; ARM kernels add one about the machine."""
    return tuple(block for block in blocks if block.get("processor", "").isdigit())


def first(blocks: tuple[Block, ...], field: str) -> str | None:
    """Return the first non-empty value of *field*."""
    return next((block[field] for block in blocks if block.get(field)), None)


def arm_core(blocks: tuple[Block, ...]) -> str | None:
    """
    Return the kinds of ARM core, such as ``arm-cortex-a72``; None on other machines.

    A machine with big and little cores names both, in the order of their part numbers.
    """
    kinds = {
        (int(block["CPU implementer"], 0), int(block["CPU part"], 0))
        for block in blocks
        if "CPU implementer" in block and "CPU part" in block
    }
    return "-".join(_core_name(*kind) for kind in sorted(kinds)) or None


def _core_name(implementer: int, part: int) -> str:
    maker = IMPLEMENTERS.get(implementer, f"implementer-{implementer:02x}")
    known = ARM_PARTS.get(part) if implementer == 0x41 else None
    return f"{maker}-{known or f'part-{part:03x}'}"
