"""Is a pose physically possible: shape and stereo of the ligand, and its place in the receptor.

The checks and limits are those of PoseBusters for docked poses (Buttenschoen, Morris & Deane,
Chem. Sci. 2024, 15, 3130, doi:10.1039/D3SC04185A), on heavy atoms, in a few ms a pose. Where it
differs:

- Left out: waters, which a ligand displaces; the ratio of internal energies, which takes 50
  conformers; that the record is a molecule, which the reader of ligands has seen to.
- Every aromatic ring of five or six atoms must be flat, also fused ones, and every double bond
  between carbons with at least one heavy neighbour each.
- "ring too flat" looks at rings of six with two neighbouring tetrahedral atoms; PoseBusters also
  faults barbiturates and 1,4-dienes, which are flat.
- The distance from a plane is that of the farthest atom on either side, not on one of them.
- Every metal counts as a metal, whichever it is and also in a haem.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdShapeHelpers
from scipy.spatial.distance import cdist

from molattn.pose.ligand_geometry import LigandRules, ligand_rules, shape_faults, shape_figures
from molattn.pose.stereo import stereo_changed
from molattn.structure.records import (
    AtomTable,
    Booleans,
    Floats,
    Ligand,
    ResidueKind,
    ResidueTable,
    Strings,
)

CLASH: Final = 0.75
"""Share of the sum of two radii; atoms nearer than this clash."""
FARTHEST: Final = 5.0
"""Å between the nearest atoms of ligand and protein, at most."""
OVERLAP: Final = 0.075
"""Share of the ligand's volume that may lie within the receptor's."""

_SEARCH: Final = 6.0  # Å, receptor atoms that are looked at
_VOLUME_SEARCH: Final = 4.8  # Å, receptor atoms whose volume counts
_APART: Final = 0.8  # of the sum of two radii; with none nearer, volumes overlap by .04 at most
_NON_METALS: Final = [
    "H", "C", "N", "O", "P", "S", "F", "Cl", "Br", "I", "B", "Si", "Se", "As", "Te",
]  # fmt: skip
_DEFAULT_RADIUS: Final = 1.7  # Å, of an element without a symbol


@dataclass(frozen=True, slots=True)
class Plausibility:
    """What is impossible about a pose.

    Attributes
    ----------
    faults
        In words: "bond lengths", "bond angles", "inner clash", "ring not flat", "ring too flat",
        "double bond not flat", "stereo changed", "too far from protein", and "clash with" or
        "volume overlap with" followed by "protein", "cofactor" or "metal".
    details
        The figures behind them. ``bond_excess``, ``angle_excess``, ``inner_overlap``: shares beyond
        the bounds. ``ring_off_plane``, ``double_bond_off_plane``, ``pucker``: Å.
        ``protein_distance``: Å. ``closest_protein``, ``closest_cofactor``, ``closest_metal``:
        nearest contact as a share of the sum of radii. ``overlap_protein``, ``overlap_cofactor``,
        ``overlap_metal``: shares of the ligand's volume. A figure that means nothing is left
        out.
    """

    faults: tuple[str, ...]
    details: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def plausible(self) -> bool:
        """Whether the pose passes every check."""
        return not self.faults


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One kind of receptor atoms."""

    name: str
    positions: Floats  # [n, 3] Å
    elements: Strings  # [n]
    radii: Floats  # [n] Å, van der Waals, or covalent for metals
    covalent: bool
    scale: float  # of the van der Waals radii, where volumes are compared


class PlausibilityChecker:
    """Checks poses in one receptor; prepared once, used for many ligands.

    Parameters
    ----------
    atoms, residues
        Tables of the protein or pocket, in the frame of the poses; waters are left out.
    """

    def __init__(self, atoms: AtomTable, residues: ResidueTable) -> None:
        kind = residues.kind[atoms.residue]
        metal = (kind == ResidueKind.METAL) | ~np.isin(atoms.element, _NON_METALS)
        metal |= (kind == ResidueKind.COFACTOR) & ~_with_carbon(atoms)
        water = kind == ResidueKind.WATER
        cofactor = (kind == ResidueKind.COFACTOR) & ~metal
        self._parts = (
            _part("protein", atoms, ~(metal | water | cofactor), covalent=False),
            _part("cofactor", atoms, cofactor, covalent=False),
            _part("metal", atoms, metal & ~water, covalent=True),
        )

    def check(self, ligand: Ligand, reference: Chem.Mol | None = None) -> Plausibility:
        """Return what is impossible about a pose.

        Parameters
        ----------
        ligand
            Heavy atoms in their pose.
        reference
            The molecule whose stereo the pose must have; its atoms may be in another order, its
            protonation another. Keep one object for all poses of a ligand.
        """
        return self._checked(ligand, ligand_rules(ligand.mol), reference, whole=True)

    def check_poses(
        self, poses: Sequence[Ligand], reference: Chem.Mol | None = None
    ) -> list[Plausibility]:
        """Return what is impossible about each pose of one ligand, atoms in the same order.

        The verdicts are those of :meth:`check`; volumes, half of the work, are computed only where
        atoms are near enough for a fault, and are missing in ``details`` elsewhere.
        """
        if not poses:
            return []
        rules = ligand_rules(poses[0].mol)
        return [self._checked(pose, rules, reference, whole=False) for pose in poses]

    def _checked(
        self, ligand: Ligand, rules: LigandRules, reference: Chem.Mol | None, *, whole: bool
    ) -> Plausibility:
        figures = shape_figures(rules, ligand.positions)
        faults = shape_faults(figures)
        details = {
            "bond_excess": figures.bond,
            "angle_excess": figures.angle,
            "inner_overlap": figures.inner,
            "ring_off_plane": figures.ring,
            "double_bond_off_plane": figures.double_bond,
        }
        if np.isfinite(figures.pucker):
            details["pucker"] = figures.pucker
        if reference is not None and stereo_changed(ligand, reference):
            faults.append("stereo changed")
        elements = np.array([atom.GetSymbol() for atom in ligand.mol.GetAtoms()])
        for part in self._parts:
            faults.extend(_place_faults(part, ligand, elements, details, whole=whole))
        return Plausibility(tuple(faults), MappingProxyType(details))


def _place_faults(
    part: _Part, ligand: Ligand, elements: Strings, details: dict[str, float], *, whole: bool
) -> list[str]:
    """Return what is wrong between a ligand and one part of the receptor; note the figures.

    ``whole`` asks for every figure, also where it cannot be a fault.
    """
    low, high = ligand.positions.min(axis=0) - _SEARCH, ligand.positions.max(axis=0) + _SEARCH
    rows = np.flatnonzero(((part.positions > low) & (part.positions < high)).all(axis=1))
    distance = cdist(ligand.positions, part.positions[rows])
    nearest = distance.min(axis=0)
    faults = []
    if part.name == "protein":
        reach = float(nearest.min(initial=np.inf))
        if reach <= _SEARCH:
            details["protein_distance"] = reach
        if reach > FARTHEST:
            faults.append("too far from protein")
    if not (nearest <= _SEARCH).any():
        return faults
    radii = np.array([_radius(str(element), part.covalent) for element in elements])
    share = float((distance / (radii[:, None] + part.radii[rows])).min())
    details[f"closest_{part.name}"] = share
    if share < CLASH:
        faults.append(f"clash with {part.name}")
    inside = rows[nearest <= _VOLUME_SEARCH]
    if len(inside) and (whole or share < _APART):
        overlap = _volume_overlap(ligand.mol, part, inside.tolist())
        details[f"overlap_{part.name}"] = overlap
        if overlap > OVERLAP:
            faults.append(f"volume overlap with {part.name}")
    return faults


def _volume_overlap(mol: Chem.Mol, part: _Part, rows: list[int]) -> float:
    """Return the share of a ligand's volume that lies within that of receptor atoms."""
    near = Chem.RWMol()
    for element in part.elements[rows].tolist():
        near.AddAtom(_atom(element))
    conformer = Chem.Conformer(len(rows))
    conformer.SetPositions(np.ascontiguousarray(part.positions[rows]))
    near.AddConformer(conformer)
    return float(
        rdShapeHelpers.ShapeTverskyIndex(
            mol, near, alpha=1.0, beta=0.0, vdwScale=part.scale, ignoreHs=True
        )
    )


def _part(name: str, atoms: AtomTable, chosen: Booleans, *, covalent: bool) -> _Part:
    elements = atoms.element[chosen]
    kinds, kind = np.unique(elements, return_inverse=True)
    radii = np.array([_radius(str(one), covalent) for one in kinds], dtype=np.float64)[kind]
    return _Part(name, atoms.position[chosen], elements, radii, covalent, 0.5 if covalent else 0.8)


def _with_carbon(atoms: AtomTable) -> Booleans:
    """Return for each atom whether its residue holds carbon, unlike clusters and phosphate, [n]."""
    carbon = np.zeros(int(atoms.residue.max(initial=-1)) + 1, dtype=np.bool_)
    carbon[atoms.residue[atoms.element == "C"]] = True
    held: Booleans = carbon[atoms.residue]
    return held


@lru_cache(maxsize=256)
def _radius(element: str, covalent: bool) -> float:
    table = Chem.GetPeriodicTable()
    try:
        return float(table.GetRcovalent(element) if covalent else table.GetRvdw(element))
    except RuntimeError:
        return _DEFAULT_RADIUS


@lru_cache(maxsize=256)
def _atom(element: str) -> Chem.Atom:
    try:
        return Chem.Atom(element)
    except RuntimeError:
        return Chem.Atom("C")
