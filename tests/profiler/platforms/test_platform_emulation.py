"""Telling an emulated processor, from little trees of files."""

from pathlib import Path

import pytest

from profiler.platforms.cpuinfo import read_cpuinfo
from profiler.platforms.emulation import is_emulated

PLAYED = """\
processor\t: 0
model name\t: ARMv8 Processor rev 0 (v8l)
BogoMIPS\t: 100.00
CPU implementer\t: 0x41
CPU architecture: 8
CPU part\t: 0xd08
"""
"""What QEMU 10 in user mode shows to a program for the Cortex-A72, whatever is underneath."""

ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00"
MACHINES = {"x86_64": 62, "i386": 3, "aarch64": 183, "arm": 40, "riscv64": 243}


@pytest.fixture
def played(tree):
    """What an emulator says of itself."""
    return tree.write("proc/cpuinfo", PLAYED)


def emulated(tree, architecture):
    return is_emulated(tree.root, read_cpuinfo(tree.root), architecture)


def execute(tree, architecture):
    """Let the running executable be one for *architecture*."""
    tree.write("proc/thread-self/exe", "")
    header = ELF + MACHINES[architecture].to_bytes(2, "little") + bytes(44)
    (tree.root / "proc/thread-self/exe").write_bytes(header)
    return tree


def test_an_arm_program_on_the_cpuinfo_of_x86_is_emulated(xeon):
    assert emulated(xeon, "aarch64")
    assert emulated(xeon, "riscv64")
    assert emulated(xeon, "ppc64le")
    assert not emulated(xeon, "x86_64")


def test_a_played_cpuinfo_alone_tells_nothing(played):
    assert not emulated(played, "aarch64")


def test_an_emulator_that_plays_a_cpuinfo_is_told_by_the_executable(played):
    assert emulated(execute(played, "x86_64"), "aarch64")


def test_an_emulator_that_plays_a_cpuinfo_is_told_by_the_kernel(played):
    assert emulated(played.write("proc/sys/kernel/arch", "x86_64\n"), "aarch64")


def test_an_older_x86_kernel_is_told_by_what_only_those_have(played):
    assert emulated(played.write("proc/sys/kernel/bootloader_type", "176\n"), "armv7l")


def test_an_x86_program_translated_on_an_arm_machine_is_emulated(tree):
    assert emulated(tree.write("proc/sys/kernel/arch", "aarch64\n"), "x86_64")


def test_a_board_whose_witnesses_agree_is_real(raspberry_pi):
    execute(raspberry_pi, "aarch64").write("proc/sys/kernel/arch", "aarch64\n")

    assert not emulated(raspberry_pi, "aarch64")


@pytest.mark.parametrize(
    ("program", "executable", "kernel"),
    [("i686", "i386", "x86_64"), ("armv7l", "arm", "aarch64"), ("aarch64", "arm", "aarch64")],
)
def test_a_32_bit_program_on_a_64_bit_kernel_is_real(tree, program, executable, kernel):
    execute(tree, executable).write("proc/sys/kernel/arch", f"{kernel}\n")

    assert not emulated(tree, program)


@pytest.mark.parametrize(
    "cpuinfo",
    [
        PLAYED,  # a file bound over it
        "processor: 0\nvendor_id: HygonGenuine\nmodel name: QEMU Virtual CPU version 2.5+\n",
        "processor: 0\n",
    ],
)
def test_an_x86_machine_that_disguises_its_processor_is_real(tree, cpuinfo):
    execute(tree, "x86_64").write("proc/sys/kernel/arch", "x86_64\n")
    tree.write("proc/sys/kernel/bootloader_type", "176\n").write("proc/cpuinfo", cpuinfo)

    assert not emulated(tree, "x86_64")


def test_a_whole_machine_that_qemu_translates_is_emulated(tree):
    tree.write("proc/cpuinfo", "processor: 0\nmodel name: QEMU TCG CPU version 2.5+\n")

    assert emulated(tree, "x86_64")


def test_an_executable_that_is_none_tells_nothing(played):
    played.write("proc/thread-self/exe", "#!/bin/sh")

    assert not emulated(played, "aarch64")


def test_the_processor_of_this_process_is_what_its_executable_was_built_for():
    executable = Path("/proc/thread-self/exe").read_bytes()[:20]
    architecture = {number: name for name, number in MACHINES.items()}[executable[18]]

    assert not is_emulated(Path("/"), (), architecture)
