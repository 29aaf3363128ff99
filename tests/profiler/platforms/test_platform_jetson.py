"""Which Jetson it is, how it is set up and what it does, from the trees of six of them."""

import pytest

from profiler.platforms.here import this_machine, this_place
from profiler.platforms.jetson import Releases, is_jetson, releases
from profiler.platforms.linux import identify
from profiler.platforms.nvpmodel import power_mode
from profiler.platforms.tegra import read_tegra


@pytest.mark.parametrize(
    ("board", "model"),
    [
        ("nano", "nvidia-jetson-nano-4gb-4-cores"),
        ("xavier-nx", "nvidia-jetson-xavier-nx-8gb-6-cores"),
        ("orin-nano", "nvidia-jetson-orin-nano-8gb-6-cores"),
        ("orin-nx", "nvidia-jetson-orin-nx-16gb-8-cores"),
        ("agx-orin", "nvidia-jetson-agx-orin-12-cores"),
        ("thor", "nvidia-jetson-agx-thor-14-cores"),
    ],
)
def test_a_jetson_is_named_by_its_module(jetson, board, model):
    assert identify(jetson(board).root, "aarch64").model == model


def test_a_carrier_and_a_release_that_renames_the_board_change_nothing(jetson):
    tree = jetson("orin-nano")
    before = identify(tree.root, "aarch64")
    tree.write("proc/device-tree/model", "NVIDIA Jetson Orin Nano Developer Kit\0")
    tree.write(
        "proc/device-tree/compatible", "acme,box\0nvidia,p9999-0000+p3767-0005\0nvidia,tegra234\0"
    )
    tree.write("etc/nv_tegra_release", "# R35 (release), REVISION: 4.1, GCID: 1")

    after = identify(tree.root, "aarch64")

    assert (after.model, after.fingerprint) == (before.model, before.fingerprint)


def test_two_boards_of_one_kind_are_two_devices_of_one_model(jetson):
    tree = jetson("orin-nx")
    one = identify(tree.root, "aarch64")
    tree.write("proc/device-tree/serial-number", "1422923999999\0")

    other = identify(tree.root, "aarch64")

    assert one.model == other.model
    assert one.fingerprint != other.fingerprint


def test_an_unknown_module_is_named_by_its_board_without_its_dressing(jetson):
    tree = jetson("orin-nano")
    tree.write("proc/device-tree/compatible", "nvidia,p3768-0000+p3767-0099\0nvidia,tegra234\0")

    assert identify(tree.root, "aarch64").model == "nvidia-jetson-orin-nano-6-cores"


def test_a_board_of_another_maker_is_no_jetson(raspberry_pi):
    assert not is_jetson(raspberry_pi.root)
    assert this_place(raspberry_pi.root).power_mode == "default"


def test_releases_come_from_jetson_linux_and_its_packages(jetson):
    assert releases(jetson("orin-nano").root) == Releases(l4t="36.4.3", jetpack="6.2")


def test_a_release_without_the_meta_package_is_absent(jetson):
    assert releases(jetson("nano").root) == Releases(l4t="32.7.1", jetpack=None)


def test_the_core_package_tells_the_release_where_its_file_is_gone(jetson):
    tree = jetson("orin-nano")
    (tree.root / "etc/nv_tegra_release").unlink()

    assert releases(tree.root).l4t == "36.4.3"


@pytest.mark.parametrize(
    ("board", "mode"),
    [
        ("nano", "5w"),
        ("xavier-nx", "15w-6core"),  # no status: the default
        ("orin-nano", "15w"),
        ("orin-nx", "25w"),
        ("agx-orin", "maxn"),
        ("thor", "120w"),
    ],
)
def test_the_power_mode_names_the_environment(jetson, board, mode):
    place = this_place(jetson(board).root)

    assert place.power_mode == mode
    assert place.options == ()


def test_a_mode_whose_gpu_limit_is_not_in_force_is_not_that_mode(jetson):
    tree = jetson("orin-nano")  # chosen: 15 W, at most 612 MHz
    tree.write("sys/class/devfreq/17000000.gpu/max_freq", "1020000000\n")

    assert this_place(tree.root).power_mode == "15w-changed"


def test_a_mode_without_limits_is_never_changed(jetson):
    tree = jetson("orin-nano").write("var/lib/nvpmodel/status", "pmode:0002\n")

    assert power_mode(tree.root, gpu_max_mhz=1020.0) == "maxn-super"


def test_a_mode_the_configuration_does_not_name_has_its_number(jetson):
    tree = jetson("orin-nx").write("var/lib/nvpmodel/status", "pmode:0007\n")

    assert power_mode(tree.root) == "mode-7"


def test_a_jetson_that_tells_no_mode_is_kept_apart_from_those_that_do(jetson):
    tree = jetson("orin-nx")
    (tree.root / "etc/nvpmodel.conf").unlink()
    (tree.root / "var/lib/nvpmodel/status").unlink()

    assert power_mode(tree.root) == "unknown"


def test_the_gpu_is_found_under_the_name_of_each_generation(jetson):
    gpu = read_tegra(jetson("nano").root)

    assert (gpu.clock_mhz, gpu.max_mhz, gpu.load, gpu.temperature_c) == (640.0, 640.0, 0.985, 36.0)


def test_the_video_clock_of_thor_is_not_its_gpus(jetson):
    gpu = read_tegra(jetson("thor").root)

    assert gpu.clock_mhz == 1386.0
    assert gpu.load is None


def test_a_fan_is_no_throttle_alert_and_an_active_alert_is_named(jetson):
    tree = jetson("orin-nano")
    quiet = read_tegra(tree.root)
    tree.write("sys/class/thermal/cooling_device4/cur_state", "1\n")

    assert quiet.alerts == ()
    assert read_tegra(tree.root).alerts == ("gpu-throttle-alert",)


def test_a_gpu_without_power_tells_no_temperature(jetson):
    tree = jetson("thor").write("sys/class/thermal/thermal_zone2/temp", "-256000\n")

    assert read_tegra(tree.root).temperature_c is None


def test_every_board_is_its_own_device_model(jetson):
    models = {this_machine(jetson(name).root).model for name in jetson.names}

    assert len(models) == len(jetson.names)
