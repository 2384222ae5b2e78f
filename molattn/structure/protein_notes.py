"""Sentences about what was read: locations resolved, additives left out, atoms that are missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from molattn.structure.records import AtomTable, Note, ResidueKind, ResidueTable

_NAMED = 5  # at most so many residues are named in a sentence


def count_of(number: int, what: str, plural: str = "") -> str:
    """Return ``1 residue`` or ``7 residues``."""
    return f"{number} {what if number == 1 else plural or what + 's'}"


def listed(labels: Iterable[str]) -> str:
    """Return the first few labels, and how many more there are."""
    labels = list(labels)
    more = f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
    return ", ".join(labels[:_NAMED]) + more


def counted(names: Iterable[str]) -> str:
    """Return names with their counts, the commonest first: ``SO4 (3), GOL (1)``."""
    pairs = Counter(names).most_common()
    more = f" and {len(pairs) - _NAMED} more kinds" if len(pairs) > _NAMED else ""
    return ", ".join(f"{name} ({count})" for name, count in pairs[:_NAMED]) + more


def additives_note(names: list[str]) -> Note:
    """Crystallisation additives were left out."""
    return Note(
        "info", "additives-left-out", f"crystallisation additives left out: {counted(names)}"
    )


def unknown_elements_note(labels: list[str]) -> Note:
    """Atoms of no known element were left out."""
    return Note(
        "warning",
        "unknown-element",
        f"{count_of(len(labels), 'atom')} of unknown element left out of the protein: "
        f"{listed(labels)}",
    )


def repeated_atoms_note(repeated: int) -> Note:
    """Atoms met twice were dropped."""
    return Note(
        "repair",
        "duplicate-atoms",
        f"{count_of(repeated, 'protein atom')} given twice: the first of each was kept",
    )


def notes_on_tables(atoms: AtomTable, residues: ResidueTable) -> list[Note]:
    """Return the notes that the finished tables give rise to.

    Parameters
    ----------
    atoms, residues
        Tables of the protein as they will be handed on.

    Returns
    -------
    list of Note
        In a fixed order.
    """
    notes: list[Note] = []
    if residues.alternative.any():
        rows = np.flatnonzero(residues.alternative)
        notes.append(
            Note(
                "info",
                "altloc-resolved",
                f"alternative locations of {count_of(len(rows), 'residue')} resolved by "
                f"occupancy: {listed(residues.label(int(row)) for row in rows)}",
            )
        )
    amino = (residues.kind == ResidueKind.AMINO_ACID) | (residues.kind == ResidueKind.MODIFIED)
    modified = residues.kind == ResidueKind.MODIFIED
    if modified.any():
        pairs = zip(residues.name[modified], residues.parent[modified], strict=True)
        notes.append(
            Note(
                "info",
                "modified-residues",
                "modified residues treated as their parent: "
                + counted(f"{name} as {parent}" for name, parent in pairs),
            )
        )
    if residues.missing_atoms.any():
        rows = np.flatnonzero(residues.missing_atoms)
        notes.append(
            Note(
                "info",
                "missing-atoms",
                f"{count_of(len(rows), 'residue')} with missing heavy atoms: "
                f"{listed(residues.label(int(row)) for row in rows)}",
            )
        )
    notes.extend(_notes_on_detail(atoms, residues, amino))
    if _coincident(atoms):
        notes.append(
            Note(
                "warning",
                "coincident-atoms",
                f"{count_of(_coincident(atoms), 'protein atom')} at the very place of another",
            )
        )
    return notes


def _notes_on_detail(
    atoms: AtomTable, residues: ResidueTable, amino: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> list[Note]:
    if not amino.any():
        return [
            Note(
                "warning",
                "no-amino-acids",
                "the protein file holds no amino acid under a known name",
            )
        ]
    of_amino = np.count_nonzero(amino[atoms.residue])
    if of_amino < 2.5 * np.count_nonzero(amino):
        return [
            Note(
                "warning",
                "coarse-grained",
                "the protein has hardly more than one atom a residue (CA only or coarse-grained): "
                "contacts cannot be judged",
            )
        ]
    return []


def _coincident(atoms: AtomTable) -> int:
    projection = np.sort(atoms.position @ np.array([1.0, 1.618033988749895e3, 2.718281828459045e6]))
    return int(np.count_nonzero(projection[1:] == projection[:-1]))
