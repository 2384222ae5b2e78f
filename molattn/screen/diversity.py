"""How diverse the hits are: clusters, scaffolds, and how near each stands to its nearest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from rdkit import Chem, DataStructs, rdBase
from rdkit.Chem import rdFingerprintGenerator
from rdkit.Chem.Scaffolds import MurckoScaffold
from rdkit.ML.Cluster import Butina

CLUSTER_DISTANCE: Final = 0.65
"""Tanimoto distance within which hits belong to a cluster's centre."""

MOST_COMPARED: Final = 1_000
"""The best hits are compared, each with each; no more than this."""

_RADIUS: Final = 2  # bonds around an atom, for Morgan counts


@dataclass(frozen=True, slots=True)
class Cluster:
    """Hits that are alike, as places in the list of hits; the best first."""

    members: tuple[int, ...]

    @property
    def best(self) -> int:
        """The best of them."""
        return self.members[0]


@dataclass(frozen=True, slots=True)
class Diversity:
    """Figures of the hits whose SMILES can be read.

    Attributes
    ----------
    compared
        How many these are.
    clusters
        The largest first, of equal ones that with the better hit.
    scaffolds
        Different Bemis–Murcko scaffolds.
    without_ring
        Hits that have none.
    nearest
        Mean over hits of the Tanimoto similarity to the most similar other hit, 0 to 1; None with
        fewer than two.
    """

    compared: int
    clusters: tuple[Cluster, ...]
    scaffolds: int
    without_ring: int
    nearest: float | None


def diversity(smiles: Sequence[str]) -> Diversity:
    """Return how diverse hits are, by Morgan counts of radius 2.

    Parameters
    ----------
    smiles
        The best first; those that cannot be read, or come after `MOST_COMPARED`, are left out.
    """
    read = [(place, molecule(text)) for place, text in enumerate(smiles[:MOST_COMPARED])]
    known = [(place, mol) for place, mol in read if mol is not None]
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=_RADIUS)
    prints = [generator.GetSparseCountFingerprint(mol) for _, mol in known]
    # the lower triangle, row by row
    rows = [DataStructs.BulkTanimotoSimilarity(one, prints[:row]) for row, one in enumerate(prints)]
    scaffolds = [_scaffold(mol) for _, mol in known]
    return Diversity(
        compared=len(known),
        clusters=_clusters([place for place, _ in known], rows),
        scaffolds=len(set(scaffolds) - {""}),
        without_ring=scaffolds.count(""),
        nearest=_nearest(rows),
    )


def molecule(smiles: str) -> Chem.Mol | None:
    """Return the molecule of a SMILES, None where there is none."""
    if not smiles:
        return None
    with rdBase.BlockLogs():
        return Chem.MolFromSmiles(smiles)


def _clusters(places: Sequence[int], rows: Sequence[Sequence[float]]) -> tuple[Cluster, ...]:
    distances = [1.0 - similarity for row in rows for similarity in row]
    found: Any = Butina.ClusterData(
        distances, len(places), CLUSTER_DISTANCE, isDistData=True, reordering=True
    )
    clusters = [Cluster(tuple(sorted(places[one] for one in members))) for members in found]
    return tuple(sorted(clusters, key=lambda cluster: (-len(cluster.members), cluster.best)))


def _nearest(rows: Sequence[Sequence[float]]) -> float | None:
    if len(rows) < 2:
        return None
    best = [0.0] * len(rows)
    for one, row in enumerate(rows):
        for other, similarity in enumerate(row):
            best[one] = max(best[one], similarity)
            best[other] = max(best[other], similarity)
    return sum(best) / len(best)


def _scaffold(mol: Chem.Mol) -> str:
    try:
        with rdBase.BlockLogs():
            return str(MurckoScaffold.MurckoScaffoldSmiles(mol=mol))
    except (ValueError, RuntimeError):  # RDKit could not sanitise what was left
        return str(Chem.MolToSmiles(mol))
