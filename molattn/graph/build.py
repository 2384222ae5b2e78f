"""From a pocket and a ligand to the graph that the network reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.spatial.distance import cdist
from torch import Tensor

from molattn.errors import PocketEmpty
from molattn.graph.edges import (
    closest_pairs,
    contact_edges,
    ligand_neighbours,
    residue_neighbours,
)
from molattn.graph.fields import (
    CONTACT_CUTOFF,
    FIELDS,
    POCKET_CUTOFF,
    Level,
)
from molattn.graph.graph import LEVELS, ComplexGraph, store
from molattn.graph.known_ligands import known_ligand
from molattn.graph.receptor import surroundings
from molattn.structure.records import (
    AtomTable,
    Floats,
    Integers,
    Ligand,
    Pocket,
    ResidueTable,
)

_NUMPY_DTYPES = {
    torch.float32: np.float32,
    torch.float64: np.float64,
    torch.int64: np.int64,
}


def build_graph(
    pocket: Pocket, ligand: Ligand, *, dtype: torch.dtype = torch.float32
) -> ComplexGraph:
    """Build the graph of one complex.

    Parameters
    ----------
    pocket
        Residues near the ligand, at least all within POCKET_CUTOFF of it; more are left out here.
    ligand
        Molecule with a pose.
    dtype
        Of the float fields; everything is computed in float64 and rounded last.

    Returns
    -------
    ComplexGraph
        All fields of the registry, ``residue_label`` and ``residues``.

    Raises
    ------
    PocketEmpty
        No residue of the pocket is within CONTACT_CUTOFF of a ligand atom.
    """
    trimmed = _trim(pocket, ligand)
    known = known_ligand(ligand)
    chemistry = known.features
    closest_ligand, closest_atom, closest = closest_pairs(trimmed.distance, trimmed.atoms.residue)
    around = surroundings(pocket, trimmed.rows, trimmed.atoms, trimmed.residues, closest)
    contact, pair, pair_contact = contact_edges(trimmed.distance, trimmed.atoms.residue)
    values: dict[tuple[Level, str], Floats | Integers] = {
        ("graph", "descriptors"): known.descriptors[None],
        ("graph", "fingerprint"): known.fingerprint[None],
        ("ligand", "element"): chemistry.element,
        ("ligand", "atom_type"): chemistry.atom_type,
        ("ligand", "roles"): chemistry.roles,
        ("ligand", "features"): chemistry.features,
        ("ligand", "position"): ligand.positions,
        ("ligand", "plane"): chemistry.plane,
        ("residue", "residue_type"): around.residue_type,
        ("residue", "kind"): around.kind,
        ("residue", "reliability"): around.reliability,
        ("residue", "frame"): around.frame,
        ("residue", "closest_ligand"): closest_ligand,
        ("residue", "closest_atom"): closest_atom,
        ("pocket_atom", "element"): around.element,
        ("pocket_atom", "atom_type"): around.atom_type,
        ("pocket_atom", "roles"): around.roles,
        ("pocket_atom", "position"): trimmed.atoms.position,
        ("pocket_atom", "residue"): trimmed.atoms.residue,
        ("pocket_atom", "is_sidechain"): around.is_sidechain,
        ("pocket_atom", "anchor"): around.anchor,
        ("pocket_atom", "plane"): around.plane,
        ("bond", "edge_index"): chemistry.bond_index,
        ("bond", "bond_type"): chemistry.bond_type,
        ("near", "edge_index"): ligand_neighbours(ligand.positions, chemistry.bond_index),
        ("shell", "edge_index"): residue_neighbours(trimmed.atoms.position[around.frame[:, 1]]),
        ("contact", "edge_index"): contact,
        ("pair", "edge_index"): pair,
        ("pair", "contact"): pair_contact,
    }
    graph = ComplexGraph()
    stores = {level: store(graph, level) for level in LEVELS}
    for field in FIELDS:
        value = values[field.level, field.key]
        stores[field.level][field.key] = _tensor(
            value, dtype if field.dtype == "float" else torch.int64
        )
    graph.residues = trimmed.residues
    graph.residue_label = _labels(trimmed.residues)
    return graph


def _labels(residues: ResidueTable) -> list[str]:
    """Return `ResidueTable.label` of every row."""
    columns = (residues.chain, residues.name, residues.number, residues.insertion)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [
        f"{chain}:{name}{number}{insertion}" if chain else f"{name}{number}{insertion}"
        for chain, name, number, insertion in rows
    ]


def _tensor(value: Floats | Integers, dtype: torch.dtype) -> Tensor:
    # a copy always: the positions of the records must not change with the graph's
    return torch.from_numpy(np.array(value, dtype=_NUMPY_DTYPES[dtype]))


@dataclass(frozen=True, slots=True, eq=False)
class _Trimmed:
    """A pocket cut to POCKET_CUTOFF, atoms sorted by residue."""

    atoms: AtomTable
    residues: ResidueTable
    rows: tuple[Integers, Integers]  # of its atoms and residues in the pocket
    distance: Floats  # [a, n] Å, ligand atom to pocket atom


def _trim(pocket: Pocket, ligand: Ligand) -> _Trimmed:
    distance = cdist(ligand.positions, pocket.atoms.position)
    if not distance.size or not distance.min() < CONTACT_CUTOFF:
        gap = f"the closest atom is {distance.min():.1f} Å away" if distance.size else "no atom"
        raise PocketEmpty(
            f"no residue lies within {CONTACT_CUTOFF:g} Å of ligand {ligand.name or 'atoms'} "
            f"({gap}); check that both are in the same coordinates"
        )
    closest = np.full(len(pocket.residues), np.inf)
    np.minimum.at(closest, pocket.atoms.residue, distance.min(0))
    kept = np.flatnonzero(closest < POCKET_CUTOFF)
    number = np.full(len(pocket.residues), -1, dtype=np.int64)
    number[kept] = np.arange(len(kept))
    residue = number[pocket.atoms.residue]
    rows = np.flatnonzero(residue >= 0)
    rows = rows[np.argsort(residue[rows], kind="stable")]
    atoms = pocket.atoms
    return _Trimmed(
        atoms=atoms.take(rows, residue[rows]),
        residues=pocket.residues.take(kept),
        rows=(rows, kept),
        distance=distance[:, rows],
    )
