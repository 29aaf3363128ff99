"""The run folder of a search as a front needs it: space, topology and scores that fit together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from profiler.errors import RunInvalid
from profiler.operations.network import Place
from profiler.space import CellCandidates, Topology, cell_candidates, read_gene
from search.configuration import Configuration
from search.front.devices import FrontDevice
from search.kept_scores import KeptScores
from search.run_folder import RunFolder
from search.stage1.loop import GENE


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedRun:
    """
    A search whose candidates are scored.

    Args:
        folder: of the run.
        configuration: what was searched.
        topology: which cells run.
        kept: the scores.
        candidates: names of the candidates that were left, in the order of the cells.
    """

    folder: RunFolder
    configuration: Configuration
    topology: Topology
    kept: KeptScores
    candidates: CellCandidates

    @property
    def scores(self) -> dict[Place, tuple[float, ...]]:
        """How much of the validation loss each candidate spares."""
        return self.kept.scores

    @property
    def dropped(self) -> int:
        """How many candidates the search dropped before it scored them."""
        distinct = self.configuration.stage2.distinct
        all_ = cell_candidates(self.configuration.space, self.topology, distinct=distinct)
        return sum(map(len, all_.values())) - sum(map(len, self.candidates.values()))

    def devices(self) -> Iterator[FrontDevice]:
        """
        Yield the devices of the search, with what it pinned.

        Raises:
            RunInvalid: a table or certificate is absent or broken.
            TableInvalid: likewise.
        """
        for number, name in enumerate(self.kept.devices):
            pinned = self.folder.pinned(number)
            if pinned is None:
                raise RunInvalid(f"{self.folder.table(number)} of {name} is absent")
            table, certificate = pinned
            yield FrontDevice(name=name, table=table, certificate=certificate)


def open_run(folder: RunFolder) -> SearchedRun:
    """
    Return what the search in *folder* found out.

    Raises:
        RunInvalid: no run there, none that scored its candidates, or files that do not fit.
        DataInvalid: its gene cannot be read.
    """
    configuration = folder.configuration()
    kept = folder.scores()
    gene = read_gene(folder.path / GENE)
    topology = Topology.from_picks(gene.picks, "consistent")
    candidates = kept.candidates
    if candidates.keys() != set(topology.places):
        raise RunInvalid(
            f"{folder.path}: scores.json has {len(candidates)} cells that are not the "
            f"{len(topology.places)} of {GENE}; call hna search again with the same arguments"
        )
    return SearchedRun(
        folder=folder,
        configuration=configuration,
        topology=topology,
        kept=kept,
        candidates={place: candidates[place] for place in topology.places},
    )
