"""One search in two processes, as ``torchrun`` starts them."""

import os
import subprocess
import sys
from pathlib import Path

import torch

SCRIPT = """
import sys
from pathlib import Path

import torch

sys.path.insert(0, sys.argv[1])
from conftest import SIZE, tiny_configuration
from lut_server.client import LutClient
from search import pipeline
from search.data.synthetic import synthetic_dataset
from search.distributed import joined
from search.run_folder import RunFolder
from search.target import find_target

url, folder = sys.argv[2], Path(sys.argv[3])
search_operations = pipeline.search_operations
with joined("cpu") as world, LutClient(url) as client:

    def noted(*arguments, **options):
        result = search_operations(*arguments, **options)
        torch.save(result.supernet.state_dict(), folder / f"rank{world.rank}.pt")
        return result

    pipeline.search_operations = noted
    result = pipeline.Search(
        client=client,
        targets=[find_target(client)],
        dataset=synthetic_dataset(train=10, test=3, size=SIZE, seed=0),
        configuration=tiny_configuration(),
        folder=RunFolder(folder / "run"),
        world=world,
    ).run()
    (folder / f"fields{world.rank}").write_text(" ".join(result))
"""


def test_two_processes_learn_the_same_supernet_and_the_first_concludes(house, tmp_path):
    script = tmp_path / "rank.py"
    script.write_text(SCRIPT)
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]

    done = subprocess.run(
        [*launch, "--", str(script), str(Path(__file__).parent), house.url, str(tmp_path)],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        timeout=280,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    first, second = (torch.load(tmp_path / f"rank{rank}.pt") for rank in (0, 1))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert "predicted_us" in (tmp_path / "fields0").read_text().split()
    assert (tmp_path / "fields1").read_text() == ""
    assert (tmp_path / "run" / "result.json").exists()
