"""The applicability domain by likeness: the nearest ligand and the nearest pockets of training.

How like is like enough follows from complexes of different proteins: of each, the nearest ligand
and the third nearest pocket among the other proteins are looked up. A pocket whose third nearest
of training is nearer than 95 % of those is of a family that training knows; one whose is farther
than two thirds of those is farther than unrelated proteins usually are. The third counts, for a
single relative says little: one zinc enzyme of another branch makes no family of them known.
Ligands count only where they are unusual: the far 5 % are ``near``, the far 1 % are ``out``.

On crystal complexes the error of a model grows from known to unknown pockets and hardly with the
unlikeness of the ligand; a ligand that training knows from another protein makes nothing safer, so
a near ligand never makes up for an unknown pocket.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from molattn.graph.fields import FINGERPRINT_BITS
from molattn.predict.grade import GRADE_NAMES, Finding, Grade
from molattn.predict.ligand_similarity import (
    Bytes,
    LigandMemory,
    packed_fingerprint,
    remember_ligands,
    restore_ligands,
)
from molattn.predict.pocket_similarity import (
    DESCRIPTOR_WIDTH,
    FAMILY,
    PocketMemory,
    highest,
    pocket_descriptor,
    remember_pockets,
)

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

    from molattn.predict.score_record import DomainName

Floats = NDArray[np.float64]

POCKET_QUANTILES: Final = (0.95, 1 / 3)
"""Of the third nearest pockets of other proteins: as near is known, farther is far."""

LIGAND_QUANTILES: Final = (0.05, 0.01)
"""Of the nearest ligands of other proteins."""

FEWEST_CLUSTERS: Final = 50
"""Fewer protein clusters than this say too little of how alike unrelated proteins are."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Similarities below which a complex is no longer ``in``, and below which it is ``out``."""

    near: float
    out: float


_POCKET: Final = {
    Grade.NEAR: f"training has fewer than {FAMILY} pockets much like this one",
    Grade.OUT: f"training has fewer than {FAMILY} pockets anything like this one",
}
_LIGAND: Final = {
    Grade.NEAR: "the ligand has no close match in training",
    Grade.OUT: "the ligand is unlike all of training",
}

POCKET_BOUNDS: Final = Bounds(near=0.54, out=0.39)
"""Where no protein clusters are known: the quantiles of 2,817 crystal complexes."""

LIGAND_BOUNDS: Final = Bounds(near=0.24, out=0.21)


@dataclass(frozen=True, slots=True)
class Likeness:
    """The similarity of a complex to training, 0 to 1.

    Attributes
    ----------
    ligand, pocket
        Of the nearest ligand and of the nearest pocket.
    family
        Of the third nearest pocket.
    """

    ligand: float
    pocket: float
    family: float

    def __str__(self) -> str:
        return (
            f"nearest training ligand Tanimoto {self.ligand:.2f}, "
            f"nearest training pocket {self.pocket:.2f}, third {self.family:.2f}"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Similarity:
    """The ligands and pockets of training, and how like them is like enough."""

    ligands: LigandMemory
    pockets: PocketMemory
    ligand_bounds: Bounds = LIGAND_BOUNDS
    pocket_bounds: Bounds = POCKET_BOUNDS

    def look(self, graph: HeteroData) -> Likeness:
        """Return how like training a complex is.

        Parameters
        ----------
        graph
            A ComplexGraph, not batched.
        """
        pocket, family = self.pockets.nearest(pocket_descriptor(graph))
        return Likeness(self.ligands.nearest(packed_fingerprint(graph)), pocket, family)

    def judge(self, likeness: Likeness) -> list[Finding]:
        """Return what is unusual about a likeness."""
        sides = (
            (_POCKET, likeness.family, self.pocket_bounds),
            (_LIGAND, likeness.ligand, self.ligand_bounds),
        )
        findings = []
        for sentences, similarity, bounds in sides:
            if similarity < bounds.out:
                findings.append(Finding(Grade.OUT, sentences[Grade.OUT]))
            elif similarity < bounds.near:
                findings.append(Finding(Grade.NEAR, sentences[Grade.NEAR]))
        return findings

    def grade(self, likeness: Likeness) -> DomainName:
        """Return in, near or out for a likeness alone, as for answers out of fold."""
        return GRADE_NAMES[max((one.grade for one in self.judge(likeness)), default=Grade.IN)]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what is stored: packed bits as uint8, pockets in half precision."""
        return {
            "ligand_bits": self.ligands.packed,
            "pocket_mean": self.pockets.mean.astype(np.float16),
            "pockets": self.pockets.pockets.astype(np.float16),
        }

    def to_json(self) -> dict[str, list[float]]:
        """Return the bounds as JSON values."""
        return {
            "ligand": [self.ligand_bounds.near, self.ligand_bounds.out],
            "pocket": [self.pocket_bounds.near, self.pocket_bounds.out],
        }

    @classmethod
    def restore(cls, arrays: Mapping[str, NDArray[Any]], bounds: Mapping[str, Any]) -> Similarity:
        """Return what `arrays` and `to_json` described; without arrays it remembers nothing."""
        mean = np.asarray(arrays.get("pocket_mean", np.zeros(DESCRIPTOR_WIDTH)), dtype=np.float32)
        bits = arrays.get("ligand_bits", np.zeros((0, FINGERPRINT_BITS // 8)))
        pockets = np.asarray(arrays.get("pockets", np.zeros((0, len(mean)))), dtype=np.float32)
        return cls(
            restore_ligands(np.asarray(bits, dtype=np.uint8)),
            PocketMemory(mean, pockets),
            Bounds(*map(float, bounds["ligand"])),
            Bounds(*map(float, bounds["pocket"])),
        )


def fit_similarity(
    fingerprints: Sequence[Bytes],
    descriptors: Sequence[ArrayLike],
    clusters: Sequence[str] | None = None,
) -> Similarity:
    """Remember the ligands and pockets of training.

    Parameters
    ----------
    fingerprints
        Packed bits of ligands (`packed_fingerprint`). More of them than pockets may be given:
        behind the first ``len(clusters)`` stand ligands that were learned without a structure.
    descriptors
        Of pockets (`pocket_descriptor`).
    clusters
        Protein cluster of the first fingerprints and of the first descriptors, [n]. From
        FEWEST_CLUSTERS clusters on, the bounds are fitted; else they are the constants of this
        module.

    Raises
    ------
    ValueError
        If there is no pocket, or there are more clusters than fingerprints or pockets.
    """
    ligands, pockets = remember_ligands(fingerprints), remember_pockets(descriptors)
    if clusters is None or len(set(clusters)) < FEWEST_CLUSTERS:
        return Similarity(ligands, pockets)
    known = len(clusters)
    if known > min(len(fingerprints), len(descriptors)):
        raise ValueError(
            f"{known} clusters came with {len(fingerprints)} ligands and {len(descriptors)} "
            "pockets; give the complexes with a cluster first."
        )
    found = likeness_across(fingerprints[:known], descriptors[:known], clusters)
    return Similarity(
        ligands,
        pockets,
        _bounds(found[:, 0], LIGAND_QUANTILES),
        _bounds(found[:, 2], POCKET_QUANTILES),
    )


def likeness_across(
    fingerprints: Sequence[Bytes], descriptors: Sequence[ArrayLike], groups: Sequence[object]
) -> Floats:
    """Return the highest similarities of each complex to those of other groups, [n, 3].

    With folds as groups these are the likenesses that answers out of fold had to their training;
    with protein clusters, how alike unrelated proteins are.

    Parameters
    ----------
    fingerprints, descriptors
        Of the complexes, n each.
    groups
        Group of each, [n].

    Returns
    -------
    array
        Columns ligand, pocket and family as in :class:`Likeness`; 0 where there is no other group.
    """
    rows = np.array(list(fingerprints), dtype=np.uint8)
    bits = np.unpackbits(rows, axis=1).astype(np.float32)
    size = bits.sum(axis=1)
    memory = remember_pockets(descriptors)
    _, group = np.unique(np.asarray(groups), return_inverse=True)
    found = np.zeros((len(rows), 3))
    for row in range(len(rows)):
        other = group != group[row]
        if other.any():
            shared = bits @ bits[row]
            tanimoto = shared / np.maximum(size + size[row] - shared, 1.0)
            pocket = memory.pockets @ memory.pockets[row]
            found[row] = tanimoto[other].max(), *highest(pocket[other])
    return found


def _bounds(nearest: Floats, quantiles: tuple[float, float]) -> Bounds:
    near, out = np.quantile(nearest, quantiles)
    return Bounds(near=round(float(near), 3), out=round(float(out), 3))
