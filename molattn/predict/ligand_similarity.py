"""How like the ligands of training a ligand is: Tanimoto similarity of folded Morgan bits.

A bit says whether a surrounding occurs, not how often. The bits are stored packed, 128
bytes a ligand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from molattn.graph.fields import FINGERPRINT_BITS
from molattn.graph.fingerprint import shared_bits

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

Bytes = NDArray[np.uint8]


def packed_fingerprint(graph: HeteroData) -> Bytes:
    """Return the packed Morgan bits of the ligand of a ComplexGraph, [FINGERPRINT_BITS / 8]."""
    return pack_counts(graph.fingerprint.numpy().reshape(-1))


def pack_counts(counts: ArrayLike) -> Bytes:
    """Return packed bits of Morgan counts, [..., FINGERPRINT_BITS] to [..., bytes].

    Parameters
    ----------
    counts
        As :func:`molattn.graph.fingerprint.ligand_fingerprint` makes them.
    """
    return np.packbits(np.asarray(counts) > 0, axis=-1)


@dataclass(frozen=True, slots=True, eq=False)
class LigandMemory:
    """The ligands of training.

    Attributes
    ----------
    packed
        Their bits, [m, FINGERPRINT_BITS / 8]; what is stored.
    columns
        The same, a row for each bit, [FINGERPRINT_BITS, m] of 0 and 1, as
        :func:`molattn.graph.fingerprint.shared_bits` takes them.
    counts
        Bits that are set, [m].
    """

    packed: Bytes
    columns: Bytes
    counts: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.counts)

    def compare(self, bits: Bytes) -> NDArray[np.float32]:
        """Return the Tanimoto similarity of one ligand to every one of training, [m].

        Parameters
        ----------
        bits
            Packed, [FINGERPRINT_BITS / 8].
        """
        own = np.flatnonzero(np.unpackbits(bits))
        shared = shared_bits(self.columns, own).astype(np.float32)
        found: NDArray[np.float32] = shared / np.maximum(self.counts + len(own) - shared, 1.0)
        return found

    def nearest(self, bits: Bytes) -> float:
        """Return the highest similarity of one ligand to any of training, 0 to 1."""
        return float(self.compare(bits).max()) if len(self) else 0.0


def remember_ligands(fingerprints: Iterable[Bytes]) -> LigandMemory:
    """Return a memory of ligands, each kept once, whatever the order in which they come.

    Parameters
    ----------
    fingerprints
        Packed bits, each [FINGERPRINT_BITS / 8].
    """
    every = np.array(list(fingerprints), dtype=np.uint8).reshape(-1, FINGERPRINT_BITS // 8)
    return restore_ligands(np.unique(every, axis=0))


def restore_ligands(packed: Bytes) -> LigandMemory:
    """Return the memory whose packed bits, [m, FINGERPRINT_BITS / 8], were stored."""
    columns = np.ascontiguousarray(np.unpackbits(packed, axis=1).T)
    counts = np.bitwise_count(packed).sum(axis=1, dtype=np.int64)
    return LigandMemory(packed, columns, counts.astype(np.float32))
