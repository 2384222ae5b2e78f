"""The pocket: whole residues of a protein near a ligand or a centre."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from molattn.errors import PocketEmpty, UsageError
from molattn.structure.cut_pocket import CutPocket
from molattn.structure.protein_notes import count_of, listed
from molattn.structure.records import (
    Booleans,
    Floats,
    Integers,
    Note,
    Pocket,
    Protein,
    ResidueKind,
    ResidueTable,
)

_ON_THE_LIGAND = 0.6  # Å between an atom and the same atom of the ligand's own copy
_CLASH = 2.0  # Å; nearer than this, two heavy atoms overlap or are bonded
_UNSURE = 0.6  # occupancy below which the kept location is a toss-up
_CONTACT = 5.0  # Å; an atom missing within this range leaves a hole in the contacts
_CUT_MARGIN = 0.5  # Å; a whole protein has some residue in this last shell
_BLOCK = 2_000_000  # distances held at once


def select_pocket(
    protein: Protein,
    positions: ArrayLike | None = None,
    *,
    center: ArrayLike | None = None,
    radius: float | None = None,
    cutoff: float = 10.0,
    waters: bool = False,
    exclude: Iterable[int | str] = (),
) -> Pocket:
    """Select the whole residues with a heavy atom near the ligand, or near a centre.

    Residues that lie on the ligand are the ligand itself, still in the protein file, and are left
    out: groups with most of their atoms within 0.6 Å of its atoms, amino acids with all of them.

    Parameters
    ----------
    protein
        The protein.
    positions
        Shape [a, 3], heavy atoms of the ligand in Å.
    center
        Shape [3], Å; where given, the pocket is the sphere around it, not around the ligand.
    radius
        Radius of that sphere in Å; ``cutoff`` by default.
    cutoff
        Distance from any ligand atom in Å, inclusive.
    waters
        Keep waters.
    exclude
        Residues that are not protein, by row or by label (``A:FLP1650``).

    Returns
    -------
    Pocket
        Residues and atoms in the order of the protein.

    Raises
    ------
    PocketEmpty
        No residue is near enough.
    UsageError
        Neither ligand nor centre, coordinates of another shape, a residue that is not there.
    """
    ligand = None if positions is None else _checked(positions, "ligand positions")
    around, reach = _sphere(ligand, center, radius, cutoff)
    residues, atoms = protein.residues, protein.atoms
    allowed = np.ones(len(residues), dtype=bool) if waters else residues.kind != ResidueKind.WATER
    excluded = _rows_of(residues, exclude)
    allowed[excluded] = False
    rows, distance = _near(atoms.position, around, max(reach, _CONTACT))
    notes: list[Note] = []
    if ligand is not None:
        to_ligand = distance if center is None else _nearest(atoms.position[rows], ligand)
        own = _own_copies(protein, rows, to_ligand, allowed)
        allowed[own] = False
        if len(own):
            notes.append(_own_copy_note(residues, own))
    selected = np.zeros(len(residues), dtype=bool)
    selected[atoms.residue[rows[distance <= reach]]] = True
    selected &= allowed
    if not selected.any():
        raise PocketEmpty(_empty_sentence(protein, around, reach, allowed, center is None))
    if selected[allowed].all():
        notes.extend(_cut_file_notes(protein, around, reach, selected))
    if ligand is not None:
        notes.extend(_contact_notes(protein, rows, to_ligand, selected))
    return _cut(protein, selected, tuple(notes))


def _checked(values: ArrayLike, what: str) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != 3 or not len(array):
        raise UsageError(f"{what} must have the shape [atoms, 3], not {list(array.shape)}.")
    if not np.isfinite(array).all():
        raise UsageError(f"{what} hold values that are not numbers.")
    return array


def _sphere(
    ligand: Floats | None, center: ArrayLike | None, radius: float | None, cutoff: float
) -> tuple[Floats, float]:
    """Return the points to measure from and how far from them the pocket reaches."""
    if center is not None:
        point = np.asarray(center, dtype=np.float64)
        if point.shape != (3,):
            raise UsageError("the centre of a pocket is three numbers: x, y, z in Å.")
        around, reach = _checked(point[None], "the centre"), cutoff if radius is None else radius
    elif ligand is not None:
        around, reach = ligand, cutoff
    else:
        raise UsageError("a pocket needs the positions of a ligand, or a centre and a radius.")
    if not 0 < reach < np.inf:
        raise UsageError(f"the radius of a pocket must be above 0 Å, not {reach}.")
    return around, float(reach)


def _rows_of(residues: ResidueTable, exclude: Iterable[int | str]) -> Integers:
    rows: list[int] = []
    labels: dict[str, list[int]] = {}
    for named in exclude:
        if isinstance(named, str):
            if not labels:
                for row in range(len(residues)):
                    labels.setdefault(residues.label(row), []).append(row)
            if named not in labels:
                raise UsageError(f"the protein has no residue {named!r} to leave out.")
            rows.extend(labels[named])
        elif 0 <= named < len(residues):
            rows.append(int(named))
        else:
            raise UsageError(f"the protein has no residue in row {named} to leave out.")
    return np.array(rows, dtype=np.int64)


def _near(positions: Floats, around: Floats, reach: float) -> tuple[Integers, Floats]:
    """Return the rows of the atoms that may be within reach and their distance to the points."""
    low, high = around.min(axis=0) - reach, around.max(axis=0) + reach
    rows = np.flatnonzero(((positions >= low) & (positions <= high)).all(axis=1))
    return rows, _nearest(positions[rows], around)


def _nearest(positions: Floats, around: Floats) -> Floats:
    """Return the distance of each position to the nearest of the points, shape [n].

    Pair by pair without a matrix product: the same two atoms give the same bits in every file.
    """
    block = max(1, _BLOCK // (3 * len(around)))
    parts = []
    for start in range(0, len(positions), block):
        part = positions[start : start + block]
        square = np.zeros((len(part), len(around)))
        for axis in range(3):
            difference = part[:, axis, None] - around[None, :, axis]
            square += difference * difference
        parts.append(np.sqrt(square.min(axis=1)))
    return np.concatenate(parts) if parts else np.empty(0)


def residues_on_ligand(protein: Protein, positions: ArrayLike) -> Integers:
    """Return the rows of the residues that are the ligand itself, still in the protein file.

    Parameters
    ----------
    protein
        The protein.
    positions
        Shape [a, 3], heavy atoms of the ligand in Å.
    """
    ligand = _checked(positions, "ligand positions")
    rows, distance = _near(protein.atoms.position, ligand, _ON_THE_LIGAND)
    return _own_copies(protein, rows, distance, np.ones(len(protein.residues), dtype=bool))


def _own_copies(protein: Protein, rows: Integers, distance: Floats, allowed: Booleans) -> Integers:
    """Residues that are the ligand itself: groups mostly on it, amino acids wholly on it."""
    residues = protein.residues
    touching = protein.atoms.residue[rows[distance < _ON_THE_LIGAND]]
    if not len(touching):
        return np.empty(0, dtype=np.int64)
    owners, on = np.unique(touching, return_counts=True)
    first = np.searchsorted(protein.atoms.residue, owners)
    size = np.searchsorted(protein.atoms.residue, owners, side="right") - first
    amino = residues.kind[owners] <= ResidueKind.MODIFIED
    return owners[np.where(amino, on == size, 2 * on > size) & allowed[owners]]


def _contact_notes(
    protein: Protein, rows: Integers, distance: Floats, selected: Booleans
) -> list[Note]:
    atoms, residues = protein.atoms, protein.residues
    inside = np.flatnonzero(selected[atoms.residue[rows]])
    if not len(inside):
        return []
    notes: list[Note] = []
    # a metal that binds the ligand stands at about 2 Å, as it should
    solid = inside[residues.kind[atoms.residue[rows[inside]]] != ResidueKind.METAL]
    closest = solid[np.argmin(distance[solid])] if len(solid) else inside[0]
    if len(solid) and distance[closest] < _CLASH:
        atom = rows[closest]
        notes.append(
            Note(
                "warning",
                "close-contact",
                f"{atoms.name[atom]} of {residues.label(int(atoms.residue[atom]))} is "
                f"{distance[closest]:.2f} Å from the ligand: a covalent bond or a clash",
            )
        )
    touched = np.unique(atoms.residue[rows[inside[distance[inside] < _CONTACT]]])
    notes.extend(_alternative_notes(protein, touched))
    broken = touched[residues.missing_atoms[touched]]
    if len(broken):
        notes.append(
            Note(
                "warning",
                "missing-atoms-near-ligand",
                f"{count_of(len(broken), 'residue')} next to the ligand with missing heavy atoms: "
                f"{listed(residues.label(int(row)) for row in broken)}",
            )
        )
    return notes


def _alternative_notes(protein: Protein, touched: Integers) -> list[Note]:
    """Warn of residues at the ligand whose kept location is hardly likelier than another."""
    residues = protein.residues
    unsure = []
    for row in touched[residues.alternative[touched]].tolist():
        start, stop = np.searchsorted(protein.atoms.residue, (row, row + 1))
        share = float(protein.atoms.occupancy[start:stop].min())
        if share < _UNSURE:
            unsure.append(f"{residues.label(row)} (occupancy {share:.2f})")
    if not unsure:
        return []
    return [
        Note(
            "warning",
            "alternative-location-near-ligand",
            "next to the ligand stands in several places, of which the likeliest was kept: "
            f"{listed(unsure)}; another location may give another answer",
        )
    ]


def _cut_file_notes(
    protein: Protein, around: Floats, reach: float, selected: Booleans
) -> list[Note]:
    """Warn of a file, all of it in the pocket, that ends well before the pocket would."""
    atoms = protein.atoms
    distance = np.full(len(protein.residues), np.inf)
    np.minimum.at(distance, atoms.residue, _nearest(atoms.position, around))
    farthest = float(distance[selected].max())
    if farthest >= reach - _CUT_MARGIN:
        return []
    return [
        Note(
            "warning",
            "protein-cut-short",
            f"the protein file ends {farthest:.1f} Å from the ligand where the pocket reaches to "
            f"{reach:g} Å: with the whole protein the answer may differ",
        )
    ]


def _own_copy_note(residues: ResidueTable, own: Integers) -> Note:
    labels = listed(residues.label(int(row)) for row in own)
    return Note(
        "info", "ligand-in-protein", f"left out of the protein, being the ligand itself: {labels}"
    )


def _empty_sentence(
    protein: Protein, around: Floats, reach: float, allowed: Booleans, ligand: bool
) -> str:
    what = "ligand" if ligand else "given centre"
    atoms = protein.atoms.position[allowed[protein.atoms.residue]]
    if not len(atoms):
        return f"nothing of the protein {protein.name} is left around the {what}."
    return (
        f"no residue of {protein.name} within {reach:g} Å: the nearest protein atom is "
        f"{_nearest(atoms, around).min():.1f} Å from the {what}; "
        "are both in the same frame of coordinates?"
    )


def _cut(protein: Protein, selected: Booleans, notes: tuple[Note, ...]) -> Pocket:
    atoms, residues = protein.atoms, protein.residues
    rows = np.flatnonzero(selected[atoms.residue])
    new_row: NDArray[np.int64] = np.cumsum(selected) - 1
    kept = np.flatnonzero(selected)
    return CutPocket(
        atoms=atoms.take(rows, new_row[atoms.residue[rows]]),
        residues=residues.take(kept),
        notes=notes,
        protein=protein,
        atom_rows=rows,
        residue_rows=kept,
    )
