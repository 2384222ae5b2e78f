"""How like the pockets of training a pocket is, from which residues line it and how closely.

A pocket is described by the amount of each kind of residue in three shells around the ligand, by
the closest distance of heavy atoms. The shells fade into one another and the last one fades out
where the pocket ends, so that nothing jumps when a residue crosses an edge. Square roots of the
amounts, brought to unit length, make each shell mixture a point on a sphere, on which the inner
product is the affinity of two distributions (Bhattacharyya 1943). What all pockets have in common
is the mean of training; taken off, the cosine of two pockets is near 0 for unrelated proteins and
near 1 for one site seen twice (for whole structures compare Yeturu & Chandra 2008, BMC
Bioinformatics 9:543).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from molattn.graph.fields import POCKET_CUTOFF
from molattn.graph.vocabulary import RESIDUE_TYPES

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

Floats = NDArray[np.float64]

SHELLS: Final = ((3.5, 5.0), (5.0, 7.0), (7.0, POCKET_CUTOFF))
"""Å. Where each shell begins to fade, and where it has given way to the next."""

DESCRIPTOR_WIDTH: Final = len(SHELLS) * len(RESIDUE_TYPES)
"""Numbers that describe a pocket."""

_ENDS: Final = np.array(SHELLS)

FAMILY: Final = 3
"""So many like pockets make a family that training knows; one alone may have been learned wrong."""


def pocket_descriptor(graph: HeteroData) -> Floats:
    """Return the description of a pocket, [DESCRIPTOR_WIDTH], of unit length.

    Parameters
    ----------
    graph
        A ComplexGraph, not batched. Rotation and order of atoms and residues play no part.
    """
    from molattn.graph.graph import store

    residue = store(graph, "residue")
    atoms, ligand = (store(graph, level).position.numpy() for level in ("pocket_atom", "ligand"))
    ends = ligand[residue.closest_ligand.numpy()] - atoms[residue.closest_atom.numpy()]
    gap = ends.astype(np.float64)
    return describe(residue.residue_type.numpy(), np.sqrt((gap * gap).sum(axis=1)))


def describe(residue_type: ArrayLike, distance: ArrayLike) -> Floats:
    """Return the description of a pocket from the kinds of its residues.

    Parameters
    ----------
    residue_type
        Index in RESIDUE_TYPES, [r].
    distance
        Å, of the closest heavy atoms of residue and ligand, [r].
    """
    kind, apart = np.asarray(residue_type), np.asarray(distance, dtype=np.float64)
    within = _fade(apart)
    within[1:] -= within[:-1].copy()
    place = kind + len(RESIDUE_TYPES) * np.arange(len(SHELLS))[:, None]
    amounts = np.bincount(place.ravel(), within.ravel(), minlength=DESCRIPTOR_WIDTH)
    return _unit(np.sqrt(np.maximum(amounts, 0.0)))


@dataclass(frozen=True, slots=True, eq=False)
class PocketMemory:
    """The pockets of training.

    Attributes
    ----------
    mean
        What pockets have in common, [DESCRIPTOR_WIDTH].
    pockets
        Their differences from it, of unit length, [m, DESCRIPTOR_WIDTH].
    """

    mean: NDArray[np.float32]
    pockets: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.pockets)

    def compare(self, descriptor: ArrayLike) -> NDArray[np.float32]:
        """Return the similarity to every pocket of training, [m] or [n, m], -1 to 1."""
        found: NDArray[np.float32] = self.centred(descriptor) @ self.pockets.T
        return found

    def nearest(self, descriptor: ArrayLike) -> tuple[float, float]:
        """Return the highest and the FAMILY-th highest similarity of a pocket to training.

        Both are 0 to 1. With fewer pockets than FAMILY the least similar stands for the second.
        """
        if not len(self.pockets):
            return 0.0, 0.0
        return highest(self.compare(descriptor))

    def centred(self, descriptor: ArrayLike) -> NDArray[np.float32]:
        """Return descriptions less what pockets have in common, of unit length."""
        moved: NDArray[np.float32] = np.asarray(descriptor, dtype=np.float32) - self.mean
        return _unit(moved)


def highest(similarity: NDArray[np.float32]) -> tuple[float, float]:
    """Return the highest of some similarities and the FAMILY-th highest, clipped to 0 to 1."""
    rank = min(FAMILY, len(similarity))
    top = np.sort(np.partition(similarity, len(similarity) - rank)[-rank:])
    return float(np.clip(top[-1], 0.0, 1.0)), float(np.clip(top[0], 0.0, 1.0))


def remember_pockets(
    descriptors: Iterable[ArrayLike], mean: ArrayLike | None = None
) -> PocketMemory:
    """Return a memory of pockets; pockets of one protein are all kept, for their number counts.

    Parameters
    ----------
    descriptors
        Of the training complexes, each [DESCRIPTOR_WIDTH].
    mean
        What pockets have in common, where it is known; else the mean of the descriptors.

    Raises
    ------
    ValueError
        If there is no descriptor.
    """
    table = np.array(list(descriptors), dtype=np.float64)
    if not len(table):
        raise ValueError("A memory of pockets needs at least one pocket.")
    common = table.mean(axis=0) if mean is None else np.asarray(mean)
    # half precision on disk: rounded here, so that a saved memory answers as this one does
    centre = common.astype(np.float16).astype(np.float32)
    none = np.zeros((0, table.shape[1]), dtype=np.float32)
    every = PocketMemory(centre, none).centred(table).astype(np.float16).astype(np.float32)
    return PocketMemory(centre, every)


def _fade(distance: Floats) -> Floats:
    """Return 1 below the start of a shell, 0 beyond its end, a smooth step between, [shells, r]."""
    start, stop = _ENDS.T[:, :, None]
    share = np.minimum(np.maximum((stop - distance) / (stop - start), 0.0), 1.0)
    faded: Floats = share * share * (3.0 - 2.0 * share)
    return faded


def _unit(rows: NDArray[Any]) -> NDArray[Any]:
    length = np.sqrt(np.square(rows).sum(axis=-1, keepdims=True))
    unit: NDArray[Any] = rows / np.where(length > 0.0, length, 1.0)
    return unit
