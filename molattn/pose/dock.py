"""Dock ligands with AutoDock Vina in the box around a reference ligand or a point.

A ligand starts from one conformer made from its bonds alone, so no pose it came with is used. Vina
turns rotatable bonds only: rings keep the shape of that conformer, and a stereo centre left open is
docked as the one isomer that the conformer happens to be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdDistGeom

from molattn.errors import LigandUnreadable, UsageError
from molattn.pose.conformers import conformers
from molattn.pose.place import heavy_molecule
from molattn.pose.vina import MARGIN, VinaReceptor
from molattn.pose.vina_ligand import VinaLigand
from molattn.structure import ligand_from_mol
from molattn.structure.records import AtomTable, Floats, Ligand, ResidueTable, SourceRecord

MOST_TORSIONS: Final = 32
"""Rotatable bonds; beyond these no search of this kind finds the pose again."""

_SPACING: Final = 0.375  # Å between grid points, Vina's own
_KNOWN_ELEMENTS: Final = frozenset({5, 6, 7, 8, 9, 14, 15, 16, 17, 33, 34, 35, 52, 53})
_SMALLEST_BOX: Final = 8.0  # Å
_TRIES: Final = 30  # of the embedding that is tried last; one takes up to 0.3 s


@dataclass(frozen=True, slots=True, eq=False)
class DockedPose:
    """A docked pose.

    Attributes
    ----------
    ligand
        Heavy atoms in their pose.
    energy
        Vina's predicted free energy of binding, kcal/mol; lower is better.
    """

    ligand: Ligand
    energy: float


class Docker:
    """Docks ligands in one box of one rigid receptor; its grids are computed once.

    Parameters
    ----------
    atoms, residues
        Tables of the protein or pocket; waters are left out.
    around
        [n, 3] Å, points that the box holds: a reference ligand, or :func:`box_around` a point.
    margin
        Å of the box beyond these points, on every side.
    exhaustiveness
        Independent searches for each ligand; time grows with it, 8 is Vina's own.
    seed
        Decides every random number.

    Raises
    ------
    MissingExtra
        vina is not installed.
    UsageError
        The exhaustiveness is below 1, or the box is no box.

    Notes
    -----
    One processor is used. The answer for a ligand depends on the arguments only, not on what was
    docked before: Vina draws its random numbers anew from the seed in every docking.
    """

    def __init__(
        self,
        atoms: AtomTable,
        residues: ResidueTable,
        around: Floats,
        *,
        margin: float = MARGIN,
        exhaustiveness: int = 8,
        seed: int = 1,
    ) -> None:
        if exhaustiveness < 1:
            raise UsageError(f"exhaustiveness is {exhaustiveness}; it must be 1 or more.")
        edges = np.ptp(around, axis=0) + 2.0 * margin
        if not np.isfinite(edges).all() or (edges < _SMALLEST_BOX).any():
            raise UsageError(
                f"a docking box needs edges of {_SMALLEST_BOX:g} Å or more; "
                "give a larger margin or a larger box."
            )
        self._exhaustiveness = exhaustiveness
        self._seed = seed
        self._receptor = VinaReceptor(
            atoms, residues, around, margin=margin, spacing=_SPACING, seed=seed
        )

    def poses(self, ligand: Chem.Mol | str, name: str = "", *, most: int = 5) -> list[DockedPose]:
        """Return up to ``most`` poses that differ by 1 Å RMSD at least, the best first.

        Parameters
        ----------
        ligand
            SMILES or molecule; the largest fragment is docked, in the protonation that it has;
            hydrogens and conformers are ignored.
        name
            Title of the docked ligand.
        most
            Most poses.

        Raises
        ------
        LigandUnreadable
            It is no molecule, no conformer of it can be built, it has too many rotatable bonds, or
            Vina has no model of it.
        MissingExtra
            meeko is not installed.
        """
        mol = Chem.RemoveAllHs(heavy_molecule(ligand, name))  # deuterium is still there
        _check_elements(mol, name)
        start = _posed(mol, _conformer(mol, name, self._seed), name)
        model = VinaLigand(start)
        _check_torsions(model, start)
        found = self._receptor.dock(
            model, start.positions, exhaustiveness=self._exhaustiveness, poses=most
        )
        return [DockedPose(_posed(mol, pose.positions, name), pose.energy) for pose in found]


def box_around(centre: Floats, edges: float | Floats) -> Floats:
    """Return two corners [2, 3] Å of a box, to be docked in with a margin of 0.

    Parameters
    ----------
    centre
        [3] Å.
    edges
        Å, one for all or [3].
    """
    half = np.broadcast_to(np.asarray(edges, dtype=np.float64) / 2.0, 3)
    return np.stack([centre - half, centre + half])


def _conformer(mol: Chem.Mol, name: str, seed: int) -> Floats:
    """Return one conformer, [a, 3] Å."""
    made = conformers(mol, np.empty((0, 3)), None, count=1, seed=seed)
    if made:
        return made[0]
    # the torsions known from small rings forbid some strained, fused ones
    full = Chem.AddHs(mol)
    parameters: Any = rdDistGeom.ETKDGv3()
    parameters.randomSeed = seed % (2**31 - 1)
    parameters.useRandomCoords = True
    parameters.maxIterations = _TRIES
    with rdBase.BlockLogs():
        number = rdDistGeom.EmbedMolecule(full, parameters)
    if number < 0:
        raise LigandUnreadable(
            f"{name or Chem.MolToSmiles(mol)}: no conformer of this molecule can be built; "
            "check its stereo centres and rings."
        )
    positions: Floats = np.array(full.GetConformer().GetPositions()[: mol.GetNumAtoms()])
    return positions


def _check_elements(mol: Chem.Mol, name: str) -> None:
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() not in _KNOWN_ELEMENTS:
            raise LigandUnreadable(
                f"{name or Chem.MolToSmiles(mol)}: Vina has no atom type for {atom.GetSymbol()}, "
                "so this ligand cannot be docked."
            )


def _check_torsions(model: VinaLigand, start: Ligand) -> None:
    lines = model.pdbqt(start.positions).splitlines()
    torsions = sum(line.startswith("BRANCH") for line in lines)
    if torsions > MOST_TORSIONS:
        raise LigandUnreadable(
            f"{start.name}: {torsions} rotatable bonds are too many to be docked "
            f"(at most {MOST_TORSIONS})."
        )


def _posed(mol: Chem.Mol, positions: Floats, name: str) -> Ligand:
    posed = Chem.Mol(mol)
    posed.RemoveAllConformers()
    conformer = Chem.Conformer(mol.GetNumAtoms())
    conformer.SetPositions(np.ascontiguousarray(positions, dtype=np.float64))
    posed.AddConformer(conformer, assignId=True)
    for key in list(posed.GetPropsAsDict()):
        posed.ClearProp(key)
    return ligand_from_mol(posed, name=name, source=SourceRecord("", 0))
