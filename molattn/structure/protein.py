"""Protein files and objects to the record :class:`~molattn.structure.records.Protein`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import gemmi
import numpy as np

from molattn.errors import StructureUnreadable
from molattn.structure.alternative_locations import choose_locations
from molattn.structure.atom_columns import (
    SYMBOLS,
    AtomColumns,
    residue_of_atoms,
    unpack,
)
from molattn.structure.protein_notes import (
    additives_note,
    notes_on_tables,
    repeated_atoms_note,
    unknown_elements_note,
)
from molattn.structure.protein_objects import structure_from_object
from molattn.structure.protein_text import (
    columns_from_structure,
    columns_from_text,
    no_place_note,
)
from molattn.structure.records import (
    AtomTable,
    Booleans,
    Integers,
    Note,
    Protein,
    ResidueTable,
    Strings,
)
from molattn.structure.residue_assignment import (
    PARENTS,
    ResidueAssignment,
    assign_residues,
    parent_atoms,
)
from molattn.structure.residue_names import HEAVY_ATOMS
from molattn.structure.source import file_format, read_text

_FAR_AWAY = 1e6  # Å; beyond it a coordinate is no place in a structure
_PARENTS = np.array(PARENTS)
_WHOLE = np.array([len(HEAVY_ATOMS.get(parent, ())) for parent in PARENTS])
# Backbone and CB: what every modified amino acid shares with its parent.
_BACKBONE = np.minimum(_WHOLE, 5)


def read_protein(
    source: str | os.PathLike[str] | gemmi.Structure | Any, *, name: str | None = None
) -> Protein:
    """Read a protein: heavy atoms of the first model, one location each, waters included.

    Hydrogens go. Of alternative locations the one with the highest occupancy stays, the same
    through a residue. Modified amino acids count as their parent. What was added to grow, freeze
    or phase the crystal (sulfate, glycerol, chloride, ...) is left out. Every such step is a note.

    Parameters
    ----------
    source
        Path of a PDB or mmCIF file, plain or gzipped, or a structure of gemmi or Biopython.
    name
        Name of the record; the file's name without its endings by default.

    Returns
    -------
    Protein
        Positions in Å; atoms of one residue contiguous, residues in the order of the file.

    Raises
    ------
    FileUnreadable
        The file cannot be read as text.
    StructureUnreadable
        It holds no atoms that can be used.
    UsageError
        ``source`` is of a type that is not known.
    """
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        text = read_text(path)
        columns, notes = columns_from_text(text, file_format(path, text), str(path))
        return _protein(columns, name or _stem(path), str(path), notes)
    structure = structure_from_object(source)
    title = name or structure.name or "protein"
    where = f"the structure {title!r}"
    columns, notes = columns_from_structure(structure, where)
    return _protein(columns, title, where, notes)


def _stem(path: Path) -> str:
    name = path.name
    for ending in (".gz", ".pdb", ".ent", ".cif", ".mmcif", ".pdbqt"):
        if name.lower().endswith(ending):
            name = name[: -len(ending)]
    return name or path.name


def _protein(columns: AtomColumns, name: str, where: str, notes: list[Note]) -> Protein:
    columns = _atoms_with_a_place(columns, where, notes)
    columns, residue, assignment = assign_residues(columns, residue_of_atoms(columns))
    columns, residue = _atoms_of_the_protein(columns, residue, assignment, where, notes)
    keep, alternative = choose_locations(columns, residue)
    repeated = np.count_nonzero(~keep & ~alternative[residue])
    if repeated:
        notes.append(repeated_atoms_note(int(repeated)))
    atoms, residues = _tables(columns.rows(keep), residue[keep], assignment, alternative)
    notes.extend(notes_on_tables(atoms, residues))
    return Protein(name, atoms, residues, tuple(notes))


def _atoms_with_a_place(columns: AtomColumns, where: str, notes: list[Note]) -> AtomColumns:
    if not len(columns):
        raise StructureUnreadable(f"{where}: no atoms were found; is this the file you meant?")
    # A comparison with NaN is false, so this takes out what is no number as well.
    placed: Booleans = np.all(np.abs(columns.position) < _FAR_AWAY, axis=1)
    if not placed.any():
        raise StructureUnreadable(
            f"{where}: no atom has coordinates that are numbers; fetch or write the file again."
        )
    if not placed.all():
        notes.append(no_place_note(int(np.count_nonzero(~placed))))
        columns = columns.rows(placed)
    if not columns.position.any():
        raise StructureUnreadable(
            f"{where}: all coordinates are zero; give a file with a three-dimensional structure."
        )
    return columns


def _atoms_of_the_protein(
    columns: AtomColumns,
    residue: Integers,
    assignment: ResidueAssignment,
    where: str,
    notes: list[Note],
) -> tuple[AtomColumns, Integers]:
    """Leave out crystallisation additives and atoms of no known element."""
    added = assignment.additive[residue]
    if added.any():
        notes.append(additives_note(assignment.name[np.unique(residue[added])].tolist()))
    unknown = ~added & (columns.element == 0)
    if unknown.any():
        names = zip(assignment.name[residue[unknown]], unpack(columns.name[unknown]), strict=True)
        notes.append(unknown_elements_note([f"{name} {atom}" for name, atom in names]))
    kept = np.flatnonzero(~added & ~unknown)
    if not len(kept):
        raise StructureUnreadable(
            f"{where}: only hydrogens, crystallisation additives or atoms of unknown element "
            "were found; give the file of the protein."
        )
    return columns.rows(kept), residue[kept]


def _tables(
    columns: AtomColumns, residue: Integers, assignment: ResidueAssignment, alternative: Booleans
) -> tuple[AtomTable, ResidueTable]:
    if (residue[1:] < residue[:-1]).any():
        order = np.argsort(residue, kind="stable")
        columns, residue = columns.rows(order), residue[order]
    begins = np.r_[True, residue[1:] != residue[:-1]]
    first = np.flatnonzero(begins)
    found = residue[first]
    row = np.cumsum(begins) - 1
    parent = assignment.parent[found]
    present = np.bincount(row[parent_atoms(columns, parent[row])], minlength=len(found))
    atoms = AtomTable(
        name=_strings(columns.name),
        element=SYMBOLS[columns.element],
        position=np.ascontiguousarray(columns.position),
        occupancy=np.clip(columns.occupancy, 0.0, 1.0),
        b_factor=np.nan_to_num(columns.b_factor),
        residue=row.astype(np.int64),
    )
    insertion = np.array(["" if code in (0, 32) else chr(code) for code in range(128)])
    name = assignment.name[found]
    residues = ResidueTable(
        chain=_strings(columns.chain[first]),
        number=columns.number[first],
        insertion=insertion[columns.insertion[first] & 127],
        name=name,
        parent=np.where(parent > 0, _PARENTS[parent], name),
        kind=assignment.kind[found],
        missing_atoms=present < _least_atoms(parent, assignment.whole_parent[found]),
        alternative=alternative[found],
    )
    return atoms, residues


def _least_atoms(parent: Integers, whole: Booleans) -> Integers:
    """How many of its parent's heavy atoms a residue must have to miss none."""
    return np.where(whole, _WHOLE[parent], _BACKBONE[parent])


def _strings(packed: Integers) -> Strings:
    codes, which = np.unique(packed, return_inverse=True)
    return unpack(codes)[which]
