"""The receptor of a screen, read once: protein, reference ligand, and where the pocket is."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from molattn.errors import PocketEmpty, UsageError
from molattn.structure import (
    Ligand,
    Pocket,
    Protein,
    ligand_from_complex,
    read_ligand,
    read_protein,
    select_pocket,
)
from molattn.structure.pocket import residues_on_ligand
from molattn.structure.records import Floats, ResidueKind

REACH: Final = 16.0
"""Å around the reference ligand or the centre that poses may meet: a pocket, and a ligand more."""

_NEAR: Final = 6.0  # Å; what is this near shapes the pocket


@dataclass(frozen=True, slots=True, eq=False)
class Receptor:
    """A protein and where its ligands go.

    Attributes
    ----------
    name
        As the user named the file.
    protein
        Without the reference ligand, should the file hold it.
    reference
        A posed ligand, None if none is given.
    center
        Of the pocket, Å; None if none is given.
    """

    name: str
    protein: Protein
    reference: Ligand | None = None
    center: tuple[float, float, float] | None = None

    @property
    def around(self) -> Floats | None:
        """Points that mark the pocket, [n, 3] Å; None where nothing does."""
        if self.center is not None:
            return np.array([self.center])
        return None if self.reference is None else self.reference.positions

    def groups(self) -> list[str]:
        """Return the cofactors of the pocket, by label; one may be a ligand that was left in."""
        if self.around is None:
            return []
        residues = self.surroundings(self.around, _NEAR).residues
        return [
            residues.label(row)
            for row in range(len(residues))
            if residues.kind[row] == ResidueKind.COFACTOR
        ]

    def surroundings(self, points: Floats, reach: float = REACH) -> Pocket:
        """Return the part of the protein within reach, Å, of any of the points [n, 3] Å."""
        return select_pocket(self.protein, points, cutoff=reach)


def read_receptor(
    path: str,
    reference: str | None = None,
    center: tuple[float, float, float] | None = None,
) -> Receptor:
    """Read a receptor.

    Parameters
    ----------
    path
        PDB or mmCIF.
    reference
        File of a posed ligand (its first record), or ``RES[:CHAIN[:NUM]]`` of one in ``path``.
    center
        Of the pocket, Å.

    Raises
    ------
    InputError
        If a file cannot be read, or reference or centre are nowhere near the protein.
    """
    protein = read_protein(path)
    ligand = None if reference is None else _reference(path, reference)
    if ligand is not None:
        on = residues_on_ligand(protein, ligand.positions)
        protein = _without(protein, on)
        _check_near(protein, ligand.positions, f"The reference ligand {reference}")
    if center is not None:
        _check_near(protein, np.array([center]), "The centre")
    return Receptor(path, protein, ligand, center)


def _reference(path: str, reference: str) -> Ligand:
    named_file = Path(reference).exists() or Path(reference).suffix
    if not named_file and re.fullmatch(r"[A-Za-z0-9]{1,5}(:[^:]*(:-?\d+[A-Za-z]?)?)?", reference):
        return ligand_from_complex(path, reference)
    return read_ligand(reference)


def _check_near(protein: Protein, points: Floats, what: str) -> None:
    try:
        select_pocket(protein, points)
    except PocketEmpty as error:
        raise UsageError(f"{what} is not in a pocket: {error}") from error


def _without(protein: Protein, residues: np.ndarray) -> Protein:
    """Return the protein less some of its residues."""
    if not len(residues):
        return protein
    kept = np.ones(len(protein.residues), dtype=bool)
    kept[residues] = False
    rows = np.flatnonzero(kept[protein.atoms.residue])
    number = np.cumsum(kept) - 1
    return replace(
        protein,
        atoms=protein.atoms.take(rows, number[protein.atoms.residue[rows]]),
        residues=protein.residues.take(np.flatnonzero(kept)),
    )
