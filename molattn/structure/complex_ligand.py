"""A ligand taken out of a complex file: atoms from the file, bond orders from elsewhere.

Bond orders come from a template SMILES where one is given, else from the Chemical Component
Dictionary, else from distances and angles, which is said in a warning.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

import gemmi
import numpy as np

from molattn.errors import LigandUnreadable
from molattn.structure.components import component
from molattn.structure.heavy_graph import HeavyGraph, is_metal
from molattn.structure.ligand_checks import check_numbers, check_pose
from molattn.structure.ligand_chemistry import chemical_molecule, largest_fragment
from molattn.structure.ligand_site import (
    LigandSite,
    ResidueAddress,
    Structure,
    address_of,
    locate_ligand,
    open_structure,
    residues_at,
)
from molattn.structure.perceived_bonds import graph_from_distances, perceive_bond_orders
from molattn.structure.records import Floats, Ligand, Note, SourceRecord
from molattn.structure.template_bonds import (
    lay_template,
    template_from_component,
    template_from_smiles,
)

_LINK_DISTANCE: Final = 2.1  # Å, longest covalent bond looked for to another residue
_LINK_TOLERANCE: Final = 0.3  # Å beyond the sum of covalent radii
_BOND_STRETCH: Final = 2.5  # Å; a dictionary bond longer than this means other atoms bear the names


@dataclass(frozen=True, slots=True)
class _Atoms:
    """Heavy atoms of one residue, one alternative location."""

    names: list[str]
    elements: list[int]
    positions: Floats
    notes: list[Note]


def ligand_from_complex(structure: Structure, spec: str, *, template: str | None = None) -> Ligand:
    """Take the ligand out of a PDB or mmCIF file.

    Parameters
    ----------
    structure
        Path, plain or gzipped, or a gemmi structure. The first model is used.
    spec
        ``RES[:CHAIN[:NUM]]``. Of several copies the first in the file is taken; a note lists the
        others. :func:`locate_ligand` with the same arguments says which residue that is, so that it
        can be kept out of the pocket.
    template
        SMILES that gives the bond orders; atoms may be missing in the structure.

    Raises
    ------
    FileUnreadable, StructureUnreadable
        The file cannot be read.
    UsageError
        ``spec`` is malformed.
    LigandUnreadable
        There is no such group, or its atoms make no molecule.
    """
    opened = open_structure(structure)
    site = locate_ligand(opened, spec)
    atoms = _one_location(opened, site.taken)
    notes = [*_copy_notes(site), *atoms.notes, *_link_notes(opened, site.taken)]
    graph, bond_notes = _bonded(atoms, site.taken.name, template)
    check_numbers(graph)
    graph, fragment_notes = largest_fragment(graph)
    pose_notes = check_pose(graph)
    mol, repair_notes = chemical_molecule(graph)
    path = "" if isinstance(structure, gemmi.Structure) else os.fspath(structure)
    name = str(site.taken)
    mol.SetProp("_Name", name)
    notes += [*bond_notes, *fragment_notes, *repair_notes, *pose_notes]
    return Ligand(mol, graph.positions, name, SourceRecord(path, 0), {}, tuple(notes))


def _one_location(opened: gemmi.Structure, address: ResidueAddress) -> _Atoms:
    """Return the heavy atoms of a residue in its most occupied alternative location."""
    rows = [
        atom
        for residue in residues_at(opened, address)
        for atom in residue
        if not atom.is_hydrogen()
    ]
    total: dict[str, float] = {}
    for atom in rows:
        if atom.has_altloc():
            total[atom.altloc] = total.get(atom.altloc, 0.0) + atom.occ
    order = sorted(total, key=lambda label: (-round(total[label], 3), label))
    rank = {label: place for place, label in enumerate(order)}
    chosen: dict[str, gemmi.Atom] = {}
    for atom in sorted(rows, key=lambda a: rank.get(a.altloc, -1)):
        chosen.setdefault(atom.name, atom)
    names = list(dict.fromkeys(atom.name for atom in rows))
    kept = [chosen[name] for name in names]
    unknown = next((a for a in kept if a.element.atomic_number == 0), None)
    if unknown is not None:
        raise LigandUnreadable(
            f"Atom {unknown.name} of {address} has no known element; correct columns 77-78."
        )
    notes = []
    if len(total) > 1:
        text = (
            f"Of the alternative locations of {address}, {order[0]} was kept (highest occupancy)."
        )
        notes.append(Note("repair", "altloc-resolved", text))
    positions = np.array([a.pos.tolist() for a in kept], dtype=np.float64).reshape(-1, 3)
    return _Atoms(names, [a.element.atomic_number for a in kept], positions, notes)


def _bonded(atoms: _Atoms, code: str, template: str | None) -> tuple[HeavyGraph, list[Note]]:
    graph = graph_from_distances(atoms.elements, atoms.positions)
    notes: list[Note] = []
    if template:
        laid = lay_template(graph, template_from_smiles(template), "template SMILES")
        if laid is not None:
            return graph, laid
        text = f"The template does not match the atoms of {code}; bonds were taken from elsewhere."
        notes.append(Note("warning", "template-mismatch", text))
    from_dictionary = _dictionary_bonds(atoms, graph, code)
    if from_dictionary is not None:
        bonded, more = from_dictionary
        return bonded, [*notes, *more]
    perceive_bond_orders(graph)
    text = f"The bonds of {code} were derived from its geometry; give a template SMILES to be sure."
    return graph, [*notes, Note("warning", "bonds-from-geometry", text)]


def _dictionary_bonds(
    atoms: _Atoms, distances: HeavyGraph, code: str
) -> tuple[HeavyGraph, list[Note]] | None:
    """Return the molecule with the bonds of the dictionary, by name, else by skeleton."""
    entry = component(code)
    if entry is None:
        return None
    row = {name: index for index, name in enumerate(atoms.names)}
    graph = distances.copy()
    graph.neighbours = [{} for _ in graph.neighbours]
    for (one, other), order in entry.bonds.items():
        if one in row and other in row:
            graph.set_bond(row[one], row[other], order)
    if set(row) <= set(entry.elements) and _lengths_possible(graph):
        missing = len(entry.elements) - len(row)
        if not missing:
            return graph, []
        text = f"{missing} of {len(entry.elements)} atoms of {code} are missing in the structure."
        return graph, [Note("warning", "ligand-atoms-missing", text)]
    graph = distances.copy()
    laid = lay_template(graph, template_from_component(entry), f"dictionary entry {code}")
    if laid is None:
        return None
    text = f"The atom names of {code} are not the dictionary's; its bonds were matched by element."
    return graph, [*laid, Note("info", "atom-names-unknown", text)]


def _lengths_possible(graph: HeavyGraph) -> bool:
    return all(
        graph.bond_length(one, other) < _BOND_STRETCH + (is_metal(graph.elements[other]))
        or is_metal(graph.elements[one])
        for one, row in enumerate(graph.neighbours)
        for other in row
    )


def _copy_notes(site: LigandSite) -> list[Note]:
    if not site.copies:
        return []
    others = ", ".join(f"{a.chain}:{a.number}{a.insertion}" for a in site.copies)
    text = f"{site.taken} was taken; further copies of it are {others}."
    return [Note("info", "ligand-copies", text)]


def _link_notes(opened: gemmi.Structure, address: ResidueAddress) -> list[Note]:
    """Warn of covalent bonds to other residues."""
    model = opened[0]
    search = gemmi.NeighborSearch(model, gemmi.UnitCell(), 4.0).populate(include_h=False)
    own = [
        atom
        for residue in residues_at(opened, address)
        for atom in residue
        if not atom.is_hydrogen() and not atom.element.is_metal
    ]
    linked: dict[str, str] = {}
    for atom in own:
        for mark in search.find_atoms(atom.pos, atom.altloc, radius=_LINK_DISTANCE):
            other = mark.to_cra(model)
            there = address_of(other.chain, other.residue)
            if there == address or other.atom.element.is_metal or other.residue.is_water():
                continue
            reach = atom.element.covalent_r + other.atom.element.covalent_r + _LINK_TOLERANCE
            if other.atom.pos.dist(atom.pos) < reach:
                linked.setdefault(str(there), f"{there} ({other.atom.name}–{atom.name})")
    if not linked:
        return []
    text = (
        f"{address} is covalently bonded to {', '.join(linked.values())}, which is not part of it."
    )
    return [Note("warning", "ligand-covalently-bonded", text)]
