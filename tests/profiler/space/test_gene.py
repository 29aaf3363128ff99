"""Gene files: read, written, and refused where a line is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.errors import DataInvalid
from profiler.space import Gene, gene_text, grid, read_gene, write_gene

GOOD = "0.000_0.000000\nenc_0_0_1\nenc_0_1_0\nenc_1_0_0_1\n"


@pytest.fixture
def gene_file(tmp_path):
    def write(text):
        path = tmp_path / "gene.txt"
        path.write_text(text)
        return path

    return write


@st.composite
def genes(draw):
    levels = draw(st.integers(1, 6))
    picks = {}
    for i, j in grid(levels):
        indices = st.lists(st.integers(0, levels - i + 1), min_size=1, max_size=6)
        picks[(i, j)] = tuple(draw(indices))
    return Gene(picks=picks)


@given(gene=genes())
def test_a_gene_survives_being_written_and_read(gene, tmp_path_factory):
    path = tmp_path_factory.mktemp("genes") / "gene.txt"

    write_gene(path, gene)

    assert read_gene(path) == gene


def test_the_shipped_file_is_written_as_it_was_read(golden, shipped_gene):
    path = golden / "fixtures" / "phase1_gene.txt"

    assert gene_text(shipped_gene).split() == path.read_text().split()
    assert shipped_gene.picks[(1, 0)] == (0, 1, 4, 5)


def test_the_first_line_is_iou_and_cost(gene_file):
    gene = read_gene(gene_file(GOOD.replace("0.000_0.000000", "0.749_1.650983")))

    assert (gene.iou, gene.cost) == (0.749, 1.650983)


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("", 1, "<IoU>_<cost>"),
        (GOOD.replace("0.000_0.000000", "IoU 0"), 1, "<IoU>_<cost>"),
        (GOOD.replace("enc_0_1_0", "dec_0_1_0"), 3, "enc_<iteration>_<level>_<pick>"),
        (GOOD.replace("enc_0_1_0", ""), 3, "enc_<iteration>_<level>_<pick>"),
        (GOOD.replace("enc_0_1_0", "enc_0_1_x"), 3, "enc_<iteration>_<level>_<pick>"),
        (GOOD.replace("enc_1_0_0_1", "enc_1_0"), 4, "enc_<iteration>_<level>_<pick>"),
        (GOOD.replace("enc_1_0_0_1", "enc_1_0_0_3"), 4, "picks from 0 to 2"),
        (GOOD.replace("enc_1_0_0_1", "enc_1_1_0"), 4, "a cell of 2 levels"),
        (GOOD.replace("enc_0_1_0", "enc_0_0_0"), 3, "each cell once"),
        (GOOD.replace("enc_1_0_0_1\n", ""), 4, "a line enc_1_0_... for cell (1, 0)"),
        ("0.000_0.000000\n", 2, "a line enc_0_0_... for cell (0, 0)"),
    ],
)
def test_a_wrong_line_is_named_with_what_was_expected(gene_file, text, line, expected):
    path = gene_file(text)

    with pytest.raises(DataInvalid) as refusal:
        read_gene(path)

    shown = [*text.splitlines(), ""][line - 1]
    assert f"{path}, line {line}: {shown!r}; expected" in str(refusal.value)
    assert expected in str(refusal.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataInvalid, match="absent"):
        read_gene(tmp_path / "absent.txt")


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "gene.txt"
    path.write_bytes(b"\x89PNG\xff")

    with pytest.raises(DataInvalid, match="no gene file"):
        read_gene(path)
