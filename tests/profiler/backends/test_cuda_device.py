"""Which device is measured on a GPU, and how all backends name it alike."""

from dataclasses import replace

from profiler.backends.cuda.device import GpuProperties, driver_release, gpu_device, gpu_model
from profiler.device import Device

MACHINE = Device(
    fingerprint="f" * 32,
    model="intel-core-i9-13900k-32-cores",
    name="lab3",
    architecture="x86_64",
    cores=32,
    memory_bytes=64 * 2**30,
    system="Ubuntu 24.04",
    clusters=("0-15 intel-performance", "16-31 intel-efficient"),
)
GPU = GpuProperties(
    name="NVIDIA GeForce RTX 4090",
    uuid="GPU-00010203-0405-0607-0809-0a0b0c0d0e0f",
    capability=(8, 9),
    multiprocessors=128,
    memory_bytes=25_393_692_672,
    l2_bytes=75_497_472,
    driver="580.82.07",
    cuda="13.0",
)


def test_a_gpu_in_a_slot_is_a_device_that_names_its_machine():
    device = gpu_device(MACHINE, GPU)

    assert device.model == "nvidia-geforce-rtx-4090"
    assert device.architecture == "sm_89"
    assert device.cores == 128
    assert device.memory_bytes == 24 * 2**30
    assert device.host_model == MACHINE.model
    assert device.clusters == ()
    assert device.name == "NVIDIA GeForce RTX 4090 in lab3"


def test_a_gpu_is_the_same_device_in_another_machine_and_however_its_uuid_is_spelt():
    bare = replace(GPU, uuid="000102030405060708090A0B0C0D0E0F")
    elsewhere = replace(MACHINE, fingerprint="e" * 32, model="amd-epyc-2-cores")

    fingerprints = {
        gpu_device(MACHINE, GPU).fingerprint,
        gpu_device(MACHINE, bare).fingerprint,
        gpu_device(elsewhere, GPU).fingerprint,
    }

    assert len(fingerprints) == 1


def test_two_gpus_of_one_model_are_two_devices():
    other = replace(GPU, uuid="GPU-ffffffff-0405-0607-0809-0a0b0c0d0e0f")

    first, second = gpu_device(MACHINE, GPU), gpu_device(MACHINE, other)

    assert first.model == second.model
    assert first.fingerprint != second.fingerprint != MACHINE.fingerprint


def test_the_gpu_of_a_board_is_the_board():
    board = replace(MACHINE, model="nvidia-jetson-orin-nano-6-cores")

    assert gpu_device(board, replace(GPU, integrated=True)) == board


def test_old_drivers_leave_the_makers_name_out_and_it_is_put_back():
    assert gpu_model("GeForce RTX 2080 Ti") == gpu_model("NVIDIA GeForce RTX 2080 Ti")


def test_what_a_driver_does_not_tell_is_no_option():
    silent = replace(GPU, driver=None)

    assert GPU.options == ("cuda=13.0", "driver=580.82.07")
    assert silent.options == ("cuda=13.0",)


def test_the_release_of_the_driver_is_read_from_the_kernels_module(tmp_path):
    file = tmp_path / "proc/driver/nvidia/version"
    file.parent.mkdir(parents=True)
    texts = {
        "580.82.07": "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.82.07  Release",
        "540.3.0": "NVRM version: NVIDIA UNIX Open Kernel Module for aarch64  540.3.0  Release",
        "535.54.03": "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.54.03  Tue Jun  6",
    }

    for expected, text in texts.items():
        file.write_text(f"{text} Build\nGCC version:  gcc version 11.4.0\n")
        assert driver_release(tmp_path) == expected


def test_without_a_driver_there_is_no_release(tmp_path):
    assert driver_release(tmp_path) is None
