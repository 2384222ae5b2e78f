"""The attention of ligand atoms over residues, as one matrix with its row and column names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class AttentionMap:
    """Where each ligand atom looked: a row per atom, a column per residue.

    ``attention`` is the atom → residue direction of the last block, mean over heads. A row and its
    ``null`` add up to 1; the null is what the atom gave to solvent.

    Attributes
    ----------
    attention
        Float32 [atoms, residues].
    null
        Float32 [atoms].
    elements
        Element symbol of each ligand atom.
    chain, number, insertion, name
        Identity of each residue; chain and insertion are ``""`` where there is none.
    residue_share_pK
        Sum of the ledger over the contacts of each residue, float32 [residues], pK.
    """

    attention: NDArray[np.float32]
    null: NDArray[np.float32]
    elements: tuple[str, ...]
    chain: tuple[str, ...]
    number: tuple[int, ...]
    insertion: tuple[str, ...]
    name: tuple[str, ...]
    residue_share_pK: NDArray[np.float32]

    @property
    def labels(self) -> tuple[str, ...]:
        """Label of each residue, e.g. ``A:ASP189``."""
        rows = zip(self.chain, self.name, self.number, self.insertion, strict=True)
        return tuple(
            f"{chain + ':' if chain else ''}{name}{number}{insertion}"
            for chain, name, number, insertion in rows
        )

    @property
    def residue_attention(self) -> NDArray[np.float32]:
        """Mean of each column over the atoms, [residues]; with the mean null it adds up to 1."""
        return np.asarray(self.attention.mean(axis=0))

    def ranked(self) -> tuple[tuple[str, float, float], ...]:
        """Return (label, attention, share in pK) of each residue, most attended first."""
        attention = self.residue_attention
        labels = self.labels
        order = np.argsort(-attention, kind="stable")
        return tuple(
            (labels[row], float(attention[row]), float(self.residue_share_pK[row])) for row in order
        )
