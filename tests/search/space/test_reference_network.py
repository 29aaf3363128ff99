"""The shipped networks: configuration and weights read under our names."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import torch

from profiler.backends.torch_module import torch_module
from profiler.errors import DataInvalid
from search.space import named_space, network
from search.space.reference import candidate_parameter, network_state, read_network_config


@contextmanager
def threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def test_the_shipped_weights_give_the_logits_of_the_reference(golden, data, shipped_topology):
    checkpoint = next(data.glob("weights/hna-nas/13_11_2023_00_37_52/model_best.pth.tar"), None)
    if checkpoint is None:
        pytest.skip("the shipped weights are not there")
    candidates = read_network_config(golden / "fixtures" / "egpu_13_11.net.config.json")
    shipped = network(named_space(), shipped_topology, candidates)
    module = torch_module(shipped).eval()
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)["state_dict"]

    module.load_state_dict(network_state(state, shipped_topology))

    # The golden logits were computed by two threads; one adds in another order, which is 2.7e-4
    # on logits of up to 70.
    with np.load(golden / "hna_egpu_13_11.npz") as arrays, threads(2), torch.no_grad():
        logits = module(torch.from_numpy(arrays["Misc_1_input"]))
        expected = torch.from_numpy(arrays["Misc_1_logits"])
    torch.testing.assert_close(logits, expected, rtol=0, atol=1e-4)


def test_a_name_that_is_no_parameter_is_refused(shipped_topology):
    with pytest.raises(DataInvalid, match="conv_block"):
        candidate_parameter("conv1.weight")
    with pytest.raises(DataInvalid, match="decoder"):
        network_state({"decoder.0.weight": torch.zeros(1)}, shipped_topology)


@pytest.mark.parametrize(
    "text", ["", "{}", '{"blocks": []}', '{"blocks": [{"name": "ZeroLayer", "kernel_size": 3}]}']
)
def test_a_file_that_is_no_configuration_is_refused(tmp_path, text):
    path = tmp_path / "net.config"
    path.write_text(text)

    with pytest.raises(DataInvalid):
        read_network_config(path)
