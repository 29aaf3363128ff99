"""The reference's DNANet under our names: the same weights give the same outputs."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from profiler.backends.torch_module import GraphModule, torch_module
from profiler.errors import DataInvalid, RunInvalid
from profiler.graph import GraphBuilder
from profiler.operations import DnaNet
from profiler.operations.baselines.blocks import stack
from search.zoo import block_parameter, zoo_network, zoo_parameter, zoo_state

ROOT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("HNA_DATA", ROOT.parent / "shared" / "data")).parent
GOLDEN = SHARED / "spec" / "golden"
needs_golden = pytest.mark.skipif(
    not (GOLDEN / "dnanet_random_weights.npz").is_file(), reason=f"no golden files in {GOLDEN}"
)
SMALL = DnaNet(height=16, width=16, channels=(16, 16, 16), blocks=(1, 1), heads=2)


@pytest.fixture(scope="module")
def golden():
    """A small DNANet of the reference with random weights, with and without deep supervision."""
    if not GOLDEN.is_dir():
        pytest.skip(f"no golden files in {GOLDEN}")
    with np.load(GOLDEN / "dnanet_random_weights.npz") as file:
        return dict(file)


def golden_state(golden, kind):
    prefix = f"{kind}/sd/"
    found = {name: x for name, x in golden.items() if name.startswith(prefix)}
    return {name.removeprefix(prefix): torch.from_numpy(x) for name, x in found.items()}


def golden_network(golden, heads):
    channels, blocks = (tuple(map(int, golden[name])) for name in ("nb_filter", "num_blocks"))
    return DnaNet(batch=2, height=64, width=64, channels=channels, blocks=blocks, heads=heads)


def outputs_of(network, state, images):
    module = torch_module(network).eval()
    module.load_state_dict(zoo_state(state, network))
    with torch.inference_mode():
        return module(torch.from_numpy(images)).numpy()


def theirs(network):
    """A state of *network* under the reference's names, made by reading our names backwards."""
    parts = {
        "shortcut_conv": "shortcut.0", "shortcut_bn": "shortcut.1",
        "channel_attention.squeeze": "ca.fc1", "channel_attention.excite": "ca.fc2",
        "spatial_attention.conv": "sa.conv1", "fusion.block0": "conv0_2_final.0",
        "head1.conv": "final1", "head.conv": "final2",
    }  # fmt: skip
    state = {}
    for name, tensor in torch_module(network).state_dict().items():
        for ours, reference in parts.items():
            name = name.replace(ours, reference)
        name = name.replace("node_", "conv").replace(".block", ".")
        state[
            name.replace("fusion.reduce1", "conv0_1_1x1").replace("fusion.reduce2", "conv0_2_1x1")
        ] = tensor
    return state


def test_all_four_heads_are_those_of_the_reference(golden):
    found = outputs_of(golden_network(golden, 4), golden_state(golden, "ds"), golden["x"])

    expected = np.concatenate([golden[f"ds/out{number}"] for number in (1, 2, 3, 4)], axis=1)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert np.abs(expected).max() > 0.1  # so that the tolerance means something


def test_without_deep_supervision_the_output_is_that_of_the_reference(golden):
    found = outputs_of(golden_network(golden, 1), golden_state(golden, "single"), golden["x"])

    np.testing.assert_allclose(found, golden["single/out"], atol=1e-4)


def test_a_deeply_supervised_state_fills_the_deployed_network(golden):
    found = outputs_of(golden_network(golden, 1), golden_state(golden, "ds"), golden["x"])

    np.testing.assert_allclose(found, golden["ds/out4"], atol=1e-4)


@needs_golden
def test_a_vgg_block_computes_what_the_references_does():
    builder = GraphBuilder()
    image = builder.input("x", (1, 16, 8, 8))
    module = GraphModule(builder.build(stack(builder, image, 16, 1, "vgg_cbam", ""))).eval()
    with np.load(GOLDEN / "vgg_cbam_block.npz") as file:
        golden = dict(file)

    module.load_state_dict(
        {
            "block0." + block_parameter(name.removeprefix("sd/")): torch.from_numpy(x)
            for name, x in golden.items()
            if name.startswith("sd/")
        }
    )
    with torch.inference_mode():
        found = module(torch.from_numpy(golden["x"])).numpy()

    np.testing.assert_allclose(found, golden["y"], atol=1e-4)


@needs_golden
def test_all_570_entries_of_the_published_dnanet_have_their_place_and_shape():
    keys = json.loads((GOLDEN / "dnanet_three_resnet18_ds_keys.json").read_text())
    with torch.device("meta"):
        module = torch_module(zoo_network("DNANet"))

    renamed = {zoo_parameter(name): shape for name, shape in keys.items()}

    assert len(keys) == len(renamed) == 570
    assert renamed == {name: list(x.shape) for name, x in module.state_dict().items()}


def test_names_are_translated_for_any_number_of_levels():
    state = theirs(SMALL)

    renamed = zoo_state(state, SMALL)

    assert list(renamed) == list(torch_module(SMALL).state_dict())
    assert {"conv0_2_final.0.ca.fc1.weight", "final1.bias", "final2.bias"} <= state.keys()


def test_a_state_without_deep_supervision_lacks_the_heads_of_one_that_has_it():
    state = theirs(SMALL)
    del state["final1.weight"], state["final1.bias"]

    with pytest.raises(RunInvalid, match=r"another DNANet: it lacks head1\.conv\.weight"):
        zoo_state(state, SMALL)


def test_a_state_of_other_widths_is_refused_with_the_first_that_differ():
    wider = replace(SMALL, channels=(16, 32, 32))

    with pytest.raises(RunInvalid, match=r"node_1_0\.block0\.conv1\.weight is .*; \d+ more"):
        zoo_state(theirs(SMALL), wider)


def test_a_state_of_more_blocks_is_refused():
    shallow = replace(SMALL, block="vgg_cbam")

    with pytest.raises(RunInvalid, match=r"it has node_0_0\.block0\.shortcut_conv\.weight"):
        zoo_state(theirs(SMALL), shallow)


@pytest.mark.parametrize("name", ["encoders.0.weight", "conv0_0.weight", "final.0.weight", "x"])
def test_a_name_no_dnanet_has_is_refused(name):
    with pytest.raises(DataInvalid, match="is no parameter of a DNANet"):
        zoo_parameter(name)


def test_other_networks_have_no_state_of_the_reference():
    with pytest.raises(DataInvalid, match="DNANet only, not of a unet"):
        zoo_state({}, zoo_network("UNet"))
