"""Who a Linux machine is, read from little trees of files."""

from pathlib import Path

from profiler.platforms.linux import identify


def test_an_x86_server_is_named_by_its_processor_and_its_cores(xeon):
    device = identify(xeon.root, "x86_64")

    assert device.model == "intel-xeon-e5-2680-v4-2-cores"
    assert device.cores == 2
    assert device.name == "blade-7"
    assert device.system == "Debian GNU/Linux 12 (bookworm), kernel 6.1.0-18-amd64"


def test_memory_is_rounded_up_to_what_is_soldered_in(xeon):
    device = identify(xeon.root, "x86_64")

    assert device.memory_bytes == 24 * 2**30  # 23.54 GiB are left by the kernel


def test_a_board_is_named_by_its_device_tree(raspberry_pi):
    device = identify(raspberry_pi.root, "aarch64")

    assert device.model == "raspberry-pi-4-model-b-rev-1-4-4-cores"
    assert device.architecture == "aarch64"
    assert not device.emulated


def test_cores_that_a_power_mode_switched_off_still_count(raspberry_pi):
    device = identify(raspberry_pi.root, "aarch64")  # cpuinfo lists two of the four present

    assert device.cores == 4


def test_a_processor_without_a_name_is_named_by_its_part_numbers(nameless):
    device = identify(nameless.root, "aarch64")

    assert device.model == "arm-cortex-a55-arm-cortex-a76-2-cores"


def test_an_x86_without_a_model_name_is_named_by_family_and_model(tree):
    tree.write("proc/cpuinfo", "processor: 0\nvendor_id: AuthenticAMD\ncpu family: 25\nmodel: 17\n")

    device = identify(tree.root, "x86_64")

    assert device.model == "amd-family-25-model-17-1-core"


def test_a_machine_that_says_nothing_is_named_by_its_architecture(tmp_path):
    device = identify(tmp_path, "riscv64")

    assert device.model == "riscv64-1-core"
    assert device.memory_bytes == 0


def test_marketing_does_not_enter_the_model(tree):
    tree.write("proc/cpuinfo", "processor: 0\nmodel name: AMD Ryzen 9 5950X 16-Core Processor\n")

    assert identify(tree.root, "x86_64").model == "amd-ryzen-9-5950x-1-core"


def test_clock_bogomips_host_name_kernel_and_memory_do_not_change_the_fingerprint(xeon):
    before = identify(xeon.root, "x86_64")
    cpuinfo = (xeon.root / "proc/cpuinfo").read_text()
    xeon.write("proc/cpuinfo", cpuinfo.replace("2400.000", "800.0").replace("4800", "4799"))
    xeon.write("proc/sys/kernel/hostname", "renamed").write("proc/sys/kernel/osrelease", "6.9")
    xeon.write("proc/meminfo", "MemTotal: 23000000 kB\n")

    after = identify(xeon.root, "x86_64")

    assert after.fingerprint == before.fingerprint
    assert after.name == "renamed"


def test_two_units_of_one_kind_have_different_fingerprints(xeon):
    one = identify(xeon.root, "x86_64")
    xeon.write("etc/machine-id", "f" * 32)

    other = identify(xeon.root, "x86_64")

    assert one.fingerprint != other.fingerprint
    assert one.model == other.model


def test_boards_flashed_with_one_image_differ_by_their_serial_number(raspberry_pi):
    raspberry_pi.write("etc/machine-id", "a" * 32)
    one = identify(raspberry_pi.root, "aarch64")
    cpuinfo = (raspberry_pi.root / "proc/cpuinfo").read_text()
    raspberry_pi.write("proc/cpuinfo", cpuinfo.replace("abcdef01", "abcdef02"))

    other = identify(raspberry_pi.root, "aarch64")

    assert one.fingerprint != other.fingerprint


def test_a_board_is_the_same_device_after_a_reboot(raspberry_pi):
    before = identify(raspberry_pi.root, "aarch64")
    cpuinfo = (raspberry_pi.root / "proc/cpuinfo").read_text()
    raspberry_pi.write("proc/cpuinfo", cpuinfo.replace("108.00", "76.80"))
    raspberry_pi.write("proc/meminfo", "MemTotal:        3812000 kB\n")
    raspberry_pi.write("proc/sys/kernel/osrelease", "6.12.9-v8\n")
    raspberry_pi.write("proc/sys/kernel/hostname", "pi-in-the-attic\n")
    raspberry_pi.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "600000\n")

    after = identify(raspberry_pi.root, "aarch64")

    assert (after.fingerprint, after.model) == (before.fingerprint, before.model)
    assert (after.memory_bytes, after.clusters) == (before.memory_bytes, before.clusters)


def test_a_placeholder_is_not_taken_for_a_serial_number(xeon):
    before = identify(xeon.root, "x86_64")
    xeon.write("proc/device-tree/serial-number", "0000000000000000\0")

    assert identify(xeon.root, "x86_64").fingerprint == before.fingerprint


def test_the_unit_identity_itself_is_not_given_away(xeon):
    device = identify(xeon.root, "x86_64")

    assert "0123456789abcdef" not in repr(device)


def test_an_emulated_device_never_carries_the_model_of_real_ones(xeon, raspberry_pi):
    """Both trees are one here: an emulator that plays a board on a server."""
    raspberry_pi.write("proc/sys/kernel/arch", "x86_64\n")

    device = identify(raspberry_pi.root, "aarch64")

    assert device.emulated
    assert device.model == "emulated-aarch64-4-cores"


def test_this_machine_is_the_same_device_twice():
    one, other = identify(), identify(Path("/"))

    assert one == other
    assert one.cores >= 1
