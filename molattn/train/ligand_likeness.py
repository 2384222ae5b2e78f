"""How alike ligands are: Tanimoto similarity of Morgan fingerprints on the standard form.

Protonation, stereochemistry, isotopes and pose play no part: two records of one compound are
identical however their sources wrote them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, DataStructs, rdBase
from rdkit.Chem import rdFingerprintGenerator
from rdkit.Chem.Scaffolds import MurckoScaffold

from molattn.errors import LigandUnreadable
from molattn.structure import standard_form
from molattn.structure.heavy_graph import heavy_graph
from molattn.structure.ligand_chemistry import chemical_molecule, largest_fragment

SIMILAR: Final = 0.9
"""Tanimoto similarity from which two ligands count as the same for a split."""

_RADIUS: Final = 2
_BITS: Final = 2048
_ROUNDING: Final = 1e-9  # keeps a similarity that equals the threshold


@dataclass(frozen=True, slots=True)
class SimilarPair:
    """Two ligands that are alike.

    Attributes
    ----------
    first, second
        Their places in the list or lists that were compared.
    similarity
        Tanimoto, 0–1.
    """

    first: int
    second: int
    similarity: float


def flat_smiles(mol: Chem.Mol) -> str:
    """Return the canonical SMILES of the standard form, without stereochemistry or isotopes."""
    # read again: aromaticity and order then do not depend on how the molecule was made
    with rdBase.BlockLogs():
        text = str(Chem.MolToSmiles(standard_form(mol), isomericSmiles=False))
        again: Chem.Mol | None = Chem.MolFromSmiles(text)
    return text if again is None else str(Chem.MolToSmiles(again))


def flat_smiles_of_text(smiles: str) -> str:
    """Return the flat SMILES of a ligand given as SMILES; counter-ions are left out.

    Raises
    ------
    LigandUnreadable
        The text is no molecule.
    """
    with rdBase.BlockLogs():
        mol: Chem.Mol | None = Chem.MolFromSmiles(smiles)
    if mol is None or not mol.GetNumHeavyAtoms():
        raise LigandUnreadable(f"{smiles[:80]!r} is no SMILES of a molecule; correct it.")
    try:
        Chem.Kekulize(mol, clearAromaticFlags=True)
        graph, _ = largest_fragment(heavy_graph(mol))
        return flat_smiles(chemical_molecule(graph)[0])
    except (Chem.MolSanitizeException, ValueError) as error:
        raise LigandUnreadable(f"{smiles[:80]!r} has no standard form: {error}") from error


def murcko_scaffold(smiles: str, *, generic: bool = False) -> str:
    """Return the Bemis–Murcko scaffold of a flat SMILES, "" for a ligand without rings.

    Parameters
    ----------
    smiles
        As of :func:`flat_smiles`.
    generic
        Every atom a carbon, every bond single: the framework of Bemis and Murcko (J. Med. Chem.
        1996, 39, 2887) proper.
    """
    mol = _parse(smiles)
    with rdBase.BlockLogs():
        scaffold = MurckoScaffold.GetScaffoldForMol(mol)
        if generic and scaffold.GetNumAtoms():
            # the generic form keeps what hung on a ring by a double bond; strip it again
            scaffold = MurckoScaffold.GetScaffoldForMol(
                MurckoScaffold.MakeScaffoldGeneric(scaffold)
            )
    return str(Chem.MolToSmiles(scaffold))


class Fingerprints:
    """Morgan fingerprints (radius 2, 2,048 bits) of ligands, ordered for comparing in bulk.

    Parameters
    ----------
    smiles
        Flat SMILES; an empty one is like nothing.
    """

    def __init__(self, smiles: Sequence[str]) -> None:
        generator = rdFingerprintGenerator.GetMorganGenerator(radius=_RADIUS, fpSize=_BITS)
        made = [generator.GetFingerprint(_parse(one)) if one else None for one in smiles]
        counts = [one.GetNumOnBits() if one is not None else 0 for one in made]
        self._size = len(made)
        order = [row for row in np.argsort(counts, kind="stable").tolist() if counts[row]]
        self._prints: list[Any] = [made[row] for row in order]
        self._rows = order
        self._counts = np.array([counts[row] for row in order], dtype=np.int64)

    def similar_pairs(self, similarity: float = SIMILAR) -> list[SimilarPair]:
        """Return the pairs within the list that are alike, first < second."""
        found = self._pairs(self, similarity, lambda place: place + 1)
        return [
            SimilarPair(min(one.first, one.second), max(one.first, one.second), one.similarity)
            for one in found
        ]

    def similar_across(
        self, others: Fingerprints, similarity: float = SIMILAR
    ) -> list[SimilarPair]:
        """Return the pairs of one of this list (first) and one of another (second)."""
        return self._pairs(others, similarity, lambda _: 0)

    def nearest(self, others: Fingerprints) -> NDArray[np.float64]:
        """Return the highest similarity of each of these to any of the others, 0 if none."""
        highest = np.zeros(self._size)
        for row, one in zip(self._rows, self._prints, strict=True):
            if others._prints:
                highest[row] = max(DataStructs.BulkTanimotoSimilarity(one, others._prints))
        return highest

    def _pairs(
        self, others: Fingerprints, similarity: float, start: Callable[[int], int]
    ) -> list[SimilarPair]:
        # Tanimoto is at most the smaller count over the larger: only a window can be alike
        last = np.searchsorted(others._counts, self._counts / similarity + _ROUNDING, "right")
        first = np.searchsorted(others._counts, self._counts * similarity - _ROUNDING, "left")
        pairs = []
        for place, (row, one) in enumerate(zip(self._rows, self._prints, strict=True)):
            low = max(int(first[place]), start(place))
            window = others._prints[low : int(last[place])]
            if not window:
                continue
            values = np.array(DataStructs.BulkTanimotoSimilarity(one, window))
            pairs += [
                SimilarPair(row, others._rows[low + hit], float(values[hit]))
                for hit in np.flatnonzero(values >= similarity - _ROUNDING).tolist()
            ]
        return pairs


def _parse(smiles: str) -> Chem.Mol:
    with rdBase.BlockLogs():
        mol: Chem.Mol | None = Chem.MolFromSmiles(smiles)
        if mol is None:  # a molecule that was repaired beyond what a strict reader takes
            mol = Chem.MolFromSmiles(smiles, sanitize=False)
            mol.UpdatePropertyCache(strict=False)
            Chem.FastFindRings(mol)
    return mol
