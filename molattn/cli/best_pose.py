"""Of the poses of one ligand only the best goes on to a table or file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from molattn.cli.score_run import Sink
    from molattn.predict.score_record import Score


class BestPoses:
    """Takes the scores of all poses and hands on the best of each ligand, at the end.

    Best is the highest pose confidence, the first of equals. A ligand none of whose poses was
    scored keeps its first, with the reason.

    Parameters
    ----------
    sink
        Where they go.
    ligands
        Which ligand each score is of, in the order of the scores; it may grow while they come.
    """

    def __init__(self, sink: Sink, ligands: Sequence[int]) -> None:
        self._sink = sink
        self._ligands = ligands
        self._taken = 0
        self._best: dict[int, Score] = {}

    @property
    def count(self) -> int:
        """Ligands so far."""
        return len(self._best)

    def add(self, score: Score) -> None:
        """Take a score."""
        ligand = self._ligands[self._taken]
        self._taken += 1
        before = self._best.get(ligand)
        if before is None or _confidence(score) > _confidence(before):
            self._best[ligand] = score

    def close(self) -> None:
        """Hand on the best of each ligand, in the order of the ligands."""
        for score in self._best.values():
            self._sink.add(score)
        self._sink.close()


def _confidence(score: Score) -> float:
    return -1.0 if score.pose_confidence is None else score.pose_confidence
