"""Relax a given pose in the rigid pocket: it stays the same pose, its clashes go.

Shift, turn and rotatable bonds follow the slope of the pocket's fields, every atom on a light
tether to where it was. Bond lengths, angles and rings stay as they were given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from molattn.pose.perturb import with_positions
from molattn.pose.pocket_field import MARGIN, PocketField
from molattn.pose.relax import LigandEnergy, Tether, relax
from molattn.pose.torsions import torsion_tree
from molattn.structure.records import AtomTable, Floats, Ligand, Note, ResidueTable

_LEASH: Final = 0.2  # share of a full tether on every atom: slides 0.5 Å out of a clash, not 2 Å
_STEPS: Final = 15  # within 0.1 kcal/mol of where 40 end
_INSIDE: Final = 4.0  # Å between a ligand and the edge of the fields it is relaxed in


def relax_given(ligand: Ligand, field: PocketField, *, steps: int = _STEPS) -> Ligand:
    """Return a ligand relaxed from the pose that it has.

    Parameters
    ----------
    ligand
        Heavy atoms in their pose.
    field
        Of the pocket; must reach around the ligand.
    steps
        Steps down the slope; one takes about 1 ms.

    Returns
    -------
    Ligand
        The same atoms, name, source and tags, with a note of kind ``info`` and code
        ``pose-relaxed`` that says how far the pose moved, as RMSD in Å. The answer depends on
        nothing but the arguments.
    """
    torsions = torsion_tree(ligand.mol, np.empty(0, dtype=np.int64))
    energy = LigandEnergy(ligand.mol, field, torsions)
    start = ligand.positions[None]
    tether = Tether(start, np.full(start.shape[:2], _LEASH))
    positions = relax(energy, start, tether, steps=steps)[0][0]
    moved = float(np.sqrt(((positions - ligand.positions) ** 2).sum(axis=1).mean()))
    note = Note("info", "pose-relaxed", f"relaxed by {moved:.2f} Å RMSD")
    return replace(with_positions(ligand, positions), notes=(*ligand.notes, note))


@dataclass(frozen=True, slots=True, eq=False)
class _Region:
    """A field and the box in which ligands are relaxed in it, Å."""

    low: Floats
    high: Floats
    field: PocketField


class PoseRelaxer:
    """Relaxes given poses in one receptor; the fields are computed once.

    Ligands of one pocket share its fields. One that lies elsewhere gets fields around itself, which
    takes about half a second; its answer does not depend on what was relaxed before.

    Parameters
    ----------
    atoms, residues
        Tables of the protein or pocket; waters are left out.
    around
        [n, 3] Å, where most ligands lie, such as a reference ligand.
    """

    def __init__(self, atoms: AtomTable, residues: ResidueTable, around: Floats) -> None:
        self._atoms, self._residues = atoms, residues
        self._home = self._region(around)

    def relax(self, ligand: Ligand, *, steps: int = _STEPS) -> Ligand:
        """Return a ligand relaxed from the pose that it has; see :func:`relax_given`."""
        home = self._home
        low, high = ligand.positions.min(axis=0), ligand.positions.max(axis=0)
        if (low >= home.low).all() and (high <= home.high).all():
            return relax_given(ligand, home.field, steps=steps)
        field = PocketField(self._atoms, self._residues, ligand.positions)
        return relax_given(ligand, field, steps=steps)

    def _region(self, around: Floats) -> _Region:
        reach = MARGIN - _INSIDE
        field = PocketField(self._atoms, self._residues, around)
        return _Region(around.min(axis=0) - reach, around.max(axis=0) + reach, field)
