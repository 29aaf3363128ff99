"""Runs of the release as run folders: their networks, their errors, what is written beside them."""

import json
import shutil

import numpy as np
import pytest
import torch

from profiler.backends.torch_module import torch_module
from profiler.errors import DataInvalid, OperationInvalid, RunInvalid
from profiler.operations import Cell, Network
from profiler.space import CHANNELS, Topology, grid, read_gene
from search.data.normalisation import IMAGENET, normalisation_of
from search.reference import import_reference
from search.saved_network import load_network, save_network

FIXTURES = ("cpu_26_10", "gpu_27_10", "ecpu_16_11", "egpu_13_11")
ALL_RES = dict.fromkeys(grid(5), "3x3_ResConv")


@pytest.fixture
def run(tmp_path):
    return tmp_path / "imported"


@pytest.fixture
def written(release, document, topology):
    """A run of the release in width ``one``."""
    return release(document(ALL_RES, channels=CHANNELS["one"], topology=topology))


def same_weights(module, other):
    theirs = other.state_dict()
    return all(torch.equal(x, theirs[name]) for name, x in module.state_dict().items())


def test_the_shipped_run_is_imported_with_its_weights_and_where_they_are_from(shipped_run, run):
    imported = import_reference(shipped_run, run)

    network, module, normalisation = load_network(run)
    state = torch.load(shipped_run / "model_best.pth.tar", map_location="cpu", weights_only=True)[
        "state_dict"
    ]
    head = state["post_transform_conv_block.conv_block.0.conv1.weight"]
    document = json.loads((run / "reference.json").read_text())
    assert network == imported.network
    assert (network.height, len(network.cells), imported.placeholders) == (256, 12, 63)
    assert torch.equal(module.head.conv.weight, head)
    assert document["checkpoint"]["sha256"].startswith("f2d0ed73")
    assert (document["decode"], document["skipped"]) == ("compat", [[1, 2], [2, 2], [3, 1]])
    assert document["gene"]["text"].splitlines()[6] == "enc_1_0_0_1_4_5"
    assert normalisation == IMAGENET


def test_the_shipped_run_is_recognised_as_trained_with_imagenets_constants(shipped_run, run):
    assert json.loads((shipped_run / "run.config").read_text())["dataset"] == "NUAA-SIRST"

    imported = import_reference(shipped_run, run, size=64)

    assert imported.normalisation.normalisation == IMAGENET
    assert "0.004 off ImageNet's, 0.400 off grey constants" in imported.normalisation.why


@pytest.mark.parametrize("name", FIXTURES)
def test_a_checkpoint_of_every_shipped_configuration_is_imported(golden, release, run, name):
    text = (golden / "fixtures" / f"{name}.net.config.json").read_text()
    source, trained = release(json.loads(text))

    imported = import_reference(source, run, size=32, normalisation="irstd")

    _, module, normalisation = load_network(run)
    assert same_weights(module, trained)
    assert imported.placeholders > 0
    assert normalisation == normalisation_of("IRSTD-SIRST")


@pytest.mark.parametrize("channels", ["three", "all_16"])
def test_other_widths_depths_and_older_candidates_are_imported(
    release, document, topology, run, channels
):
    names = ("3x3_MBConv3", "7x7_MBConv6", "5x5_SpaConv", "3x3_GroupConv8", "7x7_DepthSC")
    candidates = {place: names[sum(place) % 5] for place in grid(5)}
    source, trained = release(
        document(candidates, channels=CHANNELS[channels], topology=topology, blocks=(1, 1, 1, 1, 1))
    )

    imported = import_reference(source, run, size=16, normalisation="nudt")

    assert imported.network.channels == CHANNELS[channels]
    assert imported.network.cells[1].candidate == "7x7_MBConv6"
    assert same_weights(load_network(run)[1], trained)


def test_an_added_decoder_is_read_from_the_configuration(release, document, gene_file, run):
    topology = Topology.from_picks(read_gene(gene_file).picks, "compat", add_decoder=True)
    source, trained = release(
        document(ALL_RES, channels=CHANNELS["one"], topology=topology, add_decoder="True"),
        topology=topology,
    )

    imported = import_reference(source, run, size=32, normalisation="nuaa")

    assert imported.skipped == ()
    assert same_weights(load_network(run)[1], trained)


def test_names_from_several_gpus_and_further_fields_do_not_matter(release, document, topology, run):
    source, trained = release(
        document(ALL_RES, channels=CHANNELS["one"], topology=topology),
        prefix="module.",
        epoch=1241,
        mean_IOU=np.float64(0.749),
    )

    import_reference(source, run, size=32, normalisation="irstd")

    assert same_weights(load_network(run)[1], trained)


def test_a_bare_state_dict_in_the_folders_of_a_search_is_imported(written, run):
    source, trained = written
    state = torch.load(source / "model_best.pth.tar", weights_only=True)["state_dict"]
    (source / "checkpoint").mkdir()
    (source / "learned_net").mkdir()
    torch.save(state, source / "checkpoint" / "model_best.pth.tar")
    (source / "model_best.pth.tar").unlink()
    (source / "net.config").rename(source / "learned_net" / "net.config")

    by_folder = import_reference(source, run, normalisation="nuaa")
    by_file = import_reference(
        source / "checkpoint" / "model_best.pth.tar", run, normalisation="nuaa"
    )

    assert by_folder == by_file
    assert same_weights(load_network(run)[1], trained)


def test_an_imported_network_computes_what_the_one_it_is_from_computes(written, run):
    source, trained = written
    image = torch.rand(1, 3, 32, 32)

    import_reference(source, run, size=32, normalisation="irstd")

    with torch.no_grad():
        assert torch.equal(load_network(run)[1](image), trained.eval()(image))


def test_gene_and_checkpoint_can_lie_elsewhere(written, run, tmp_path):
    source, trained = written
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    gene = (source.parent / "phase1_gene.txt").rename(elsewhere / "gene.txt")
    checkpoint = (source / "model_best.pth.tar").rename(elsewhere / "epoch9.pth.tar")

    import_reference(source, run, gene=gene, checkpoint=checkpoint, normalisation="irstd")

    assert json.loads((run / "reference.json").read_text())["checkpoint"]["file"] == checkpoint.name
    assert same_weights(load_network(run)[1], trained)


@pytest.mark.parametrize(
    ("absent", "way_out"),
    [
        ("model_best.pth.tar", "no model_best.pth.tar or checkpoint.pth.tar; .*--checkpoint"),
        ("net.config", "no net.config"),
        ("../phase1_gene.txt", "no phase1_gene.txt; .*--gene"),
    ],
)
def test_a_file_that_is_not_there_is_named_with_the_way_out(written, run, absent, way_out):
    source, _ = written
    (source / absent).unlink()

    with pytest.raises(RunInvalid, match=way_out):
        import_reference(source, run)


def test_a_checkpoint_of_another_network_is_refused_by_its_first_names_and_shapes(
    written, document, topology, run
):
    source, _ = written
    wider = document(ALL_RES | {(0, 1): "5x5_ResConv"}, channels=CHANNELS["one"], topology=topology)
    (source / "net.config").write_text(json.dumps(wider))
    first = r"encoders\.1\.operator\.conv_block\.0\.conv1\.weight"

    with pytest.raises(RunInvalid, match=rf"{first} is \(8, 4, 3, 3\), not \(8, 4, 5, 5\)"):
        import_reference(source, run)

    assert not run.exists()


def test_a_gene_of_another_network_is_refused_by_the_first_cell_that_differs(written, run):
    source, _ = written
    gene = source.parent / "phase1_gene.txt"
    gene.write_text(gene.read_text().replace("enc_1_0_0_1_4_5", "enc_1_0_0_1_4"))

    with pytest.raises(DataInvalid, match=r"cell \(1, 0\) reads 44 channels by the gene and 108"):
        import_reference(source, run)


def test_a_gene_that_cuts_the_output_off_is_refused_by_its_line(written, run):
    source, _ = written
    gene = source.parent / "phase1_gene.txt"
    gene.write_text(gene.read_text().replace("enc_4_0_1", "enc_4_0"))

    with pytest.raises(DataInvalid, match=r"line 16: 'enc_4_0'; expected .*<pick>"):
        import_reference(source, run)


def test_a_gene_of_fewer_levels_is_refused(written, run):
    source, _ = written
    gene = "0.000_0.000000\nenc_0_0_1\nenc_0_1_0\nenc_1_0_0_1\n"
    (source.parent / "phase1_gene.txt").write_text(gene)

    with pytest.raises(DataInvalid, match=r"for 2 levels and net\.config for 5"):
        import_reference(source, run)


def test_an_image_too_small_to_be_halved_is_refused(written, run):
    with pytest.raises(OperationInvalid, match="cannot be halved"):
        import_reference(written[0], run, size=8)


def test_a_folder_that_holds_a_network_of_its_own_is_not_overwritten(written, run):
    network, module = _save_another(run)

    with pytest.raises(RunInvalid, match="was not imported; choose another with --out"):
        import_reference(written[0], run)

    assert load_network(run)[0] == network
    assert same_weights(load_network(run)[1], module)


def _save_another(run):
    cells = (Cell(iteration=0, level=0, inputs=(), candidate="3x3_ResConv"),)
    network = Network(height=16, width=16, channels=(4,), cells=cells)
    module = torch_module(network)
    save_network(network, module, run, normalisation=IMAGENET)
    return network, module


class Command:
    """What a checkpoint must never be able to run."""

    def __reduce__(self):
        return (shutil.rmtree, ("nowhere",))


@pytest.mark.parametrize("content", ["code", "text", "empty", "numbers", "other"])
def test_a_file_that_is_no_checkpoint_of_the_release_is_refused_in_one_line(written, run, content):
    source, _ = written
    path = source / "model_best.pth.tar"
    match content:
        case "code":
            torch.save({"state_dict": Command()}, path)
        case "text":
            path.write_text("no checkpoint")
        case "empty":
            path.write_bytes(b"")
        case "numbers":
            torch.save({"state_dict": {"epoch": 3}}, path)
        case "other":
            torch.save({"fc.weight": torch.zeros(1)}, path)

    with pytest.raises(RunInvalid, match=r"model_best\.pth\.tar") as refusal:
        import_reference(source, run)

    assert "\n" not in str(refusal.value)
    assert ("would run shutil.rmtree" in str(refusal.value)) == (content == "code")


def test_the_checkpoint_of_stage_1_is_no_network(golden, written, run):
    supernet = golden / "fixtures" / "stage1_supernet_epoch462.pth.tar"

    with pytest.raises(RunInvalid, match="of a supernet, not of a searched network"):
        import_reference(written[0], run, checkpoint=supernet)
