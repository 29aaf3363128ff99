"""Little file trees that stand for whole machines."""

import pytest

XEON = """\
processor\t: 0
vendor_id\t: GenuineIntel
cpu family\t: 6
model\t\t: 79
model name\t: Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz
cpu MHz\t\t: 2400.000
bogomips\t: 4800.00

processor\t: 1
vendor_id\t: GenuineIntel
cpu family\t: 6
model\t\t: 79
model name\t: Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz
cpu MHz\t\t: 1200.000
bogomips\t: 4800.00
"""
PI_4 = """\
processor\t: 0
BogoMIPS\t: 108.00
CPU implementer\t: 0x41
CPU architecture: 8
CPU part\t: 0xd08

processor\t: 1
BogoMIPS\t: 108.00
CPU implementer\t: 0x41
CPU architecture: 8
CPU part\t: 0xd08

Revision\t: c03114
Serial\t\t: 10000000abcdef01
Model\t\t: Raspberry Pi 4 Model B Rev 1.4
"""
NAMELESS = """\
processor\t: 0
CPU implementer\t: 0x41
CPU part\t: 0xd0b

processor\t: 1
CPU implementer\t: 0x41
CPU part\t: 0xd05
"""


@pytest.fixture
def xeon(tree):
    """A server of two logical processors."""
    return (
        tree.write("proc/cpuinfo", XEON)
        .write("proc/meminfo", "MemTotal:       24684096 kB\nMemFree:  1 kB\n")
        .write("etc/machine-id", "0123456789abcdef0123456789abcdef\n")
        .write("proc/sys/kernel/hostname", "blade-7\n")
        .write("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n")
        .write("etc/os-release", 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')
    )


@pytest.fixture
def raspberry_pi(tree):
    """A board with a device tree and a serial number."""
    return (
        tree.write("proc/cpuinfo", PI_4)
        .write("proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.4\0")
        .write("proc/meminfo", "MemTotal:        3884372 kB\n")
        .write("sys/devices/system/cpu/present", "0-3\n")
    )


@pytest.fixture
def nameless(tree):
    """An ARM machine whose processor has numbers for a name."""
    return tree.write("proc/cpuinfo", NAMELESS)


RK3588 = "".join(
    f"processor\t: {core}\nCPU implementer\t: 0x41\nCPU part\t: {part}\n\n"
    for core, part in enumerate(["0xd05"] * 4 + ["0xd0b"] * 4)
)


@pytest.fixture
def rock(tree):
    """A board with four small cores and four big ones in two clusters that differ a little."""
    tree.write("proc/cpuinfo", RK3588).write("proc/device-tree/model", "Radxa ROCK 5B\0")
    tree.write("sys/devices/system/cpu/present", "0-7\n")
    for core, capacity in enumerate([414] * 4 + [1024, 1024, 1001, 1001]):
        tree.write(f"sys/devices/system/cpu/cpu{core}/cpu_capacity", f"{capacity}\n")
    return tree
