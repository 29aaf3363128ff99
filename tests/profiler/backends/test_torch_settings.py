"""What one can choose of torch, and what not."""

import pytest

from profiler.backends.torch.settings import Settings
from profiler.errors import BackendUnavailable


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"device": "gpu"}, "device 'gpu'; choose cpu, cuda or, of several GPUs, cuda:1"),
        ({"device": "cuda:x"}, "device 'cuda:x'"),
        ({"mode": "jit"}, "mode 'jit'; choose one of eager, compiled, cuda_graph"),
        ({"layout": "nchwc"}, "layout 'nchwc'; choose one of nchw, nhwc"),
        ({"precision": "int8"}, "precision 'int8'; choose one of fp32, fp16"),
        ({"tf32": "yes"}, "tf32 'yes'; choose one of off, on"),
        ({"precision": "fp16"}, "precision 'fp16' on the CPU"),
        ({"mode": "cuda_graph"}, "mode 'cuda_graph' on the CPU; choose device=cuda"),
        ({"tf32": "on"}, "tf32=on is a setting of GPUs"),
        ({"cudnn_benchmark": "on"}, "cudnn_benchmark=on is a setting of GPUs"),
        ({"device": "cuda", "threads": 2}, "threads=2 on a GPU, which one thread feeds"),
    ],
)
def test_what_cannot_be_chosen_is_refused_with_the_way_out(chosen, said):
    with pytest.raises(BackendUnavailable, match="torch: ") as refused:
        Settings(**chosen)

    assert said in str(refused.value)


@pytest.mark.parametrize(("device", "index"), [("cuda", 0), ("cuda:0", 0), ("cuda:3", 3)])
def test_a_gpu_has_a_number(device, index):
    assert Settings(device=device).gpu_index == index


def test_which_of_two_equal_gpus_it_is_changes_nothing_in_the_environment():
    assert Settings(device="cuda:1").options == Settings(device="cuda").options


def test_what_only_a_gpu_knows_is_said_of_gpus_alone():
    assert Settings().options == ("layout=nchw", "mode=eager")
    assert Settings(device="cuda", mode="cuda_graph", tf32="on").options == (
        "cudnn_benchmark=off",
        "layout=nchw",
        "mode=cuda_graph",
        "tf32=on",
    )
