"""One location per atom: the alternative with the highest occupancy, the same through a residue."""

from __future__ import annotations

import numpy as np

from molattn.structure.atom_columns import AtomColumns, all_different
from molattn.structure.records import Booleans, Integers


def choose_locations(columns: AtomColumns, residue: Integers) -> tuple[Booleans, Booleans]:
    """Choose one location of every atom.

    Within one place of the chain (number and insertion code; two residues may share it) the letter
    with the highest mean occupancy wins, the first letter of equals. Atoms without a letter stay.
    An atom that the winning letter does not hold keeps its own best location, unless its residue
    lost the place to another. Of atoms met twice the first stays.

    Parameters
    ----------
    columns
        Heavy atoms.
    residue
        Shape [n], residue row of each atom.

    Returns
    -------
    keep
        Shape [n], one location per atom.
    alternative
        Shape [residues], True where letters were resolved.
    """
    keep = np.ones(len(columns), dtype=bool)
    alternative = np.zeros(int(residue.max(initial=-1)) + 1, dtype=bool)
    if columns.altloc.any():
        place = _places(columns)
        for rows in _groups(place, np.flatnonzero(columns.altloc)):
            _resolve_place(columns, residue, rows, keep)
            alternative[residue[rows]] = True
    keep[_repeated(columns, residue, keep)] = False
    return keep, alternative


def _places(columns: AtomColumns) -> Integers:
    keys = np.stack([columns.chain, columns.number, columns.insertion])
    _, inverse = np.unique(keys, axis=1, return_inverse=True)
    return inverse.reshape(-1).astype(np.int64)


def _groups(place: Integers, rows: Integers) -> list[Integers]:
    ordered = rows[np.argsort(place[rows], kind="stable")]
    return np.split(ordered, np.flatnonzero(np.diff(place[ordered])) + 1)


def _resolve_place(columns: AtomColumns, residue: Integers, rows: Integers, keep: Booleans) -> None:
    """Mark in ``keep`` what stays of the lettered atoms of one place of the chain."""
    letters = columns.altloc[rows]
    occupancy = columns.occupancy[rows]
    # Rounded, so that 0.3333 and 0.33 given by turns do not decide before the letter does.
    winner = min(
        np.unique(letters),
        key=lambda letter: (-round(occupancy[letters == letter].mean(), 3), letter),
    )
    winning_residues = set(residue[rows[letters == winner]].tolist())
    best: dict[tuple[int, int], tuple[bool, float, int]] = {}
    for row, letter, share in zip(rows.tolist(), letters.tolist(), occupancy.tolist(), strict=True):
        keep[row] = False
        owner = int(residue[row])
        if owner not in winning_residues:
            continue
        atom = (owner, int(columns.name[row]))
        rank = (letter != winner, -share, row)
        if atom not in best or rank < best[atom]:
            best[atom] = rank
    for _, _, row in best.values():
        keep[row] = True


def _repeated(columns: AtomColumns, residue: Integers, keep: Booleans) -> Integers:
    """Rows of atoms met a second time within one residue."""
    rows = np.flatnonzero(keep)
    if all_different(np.stack([columns.name[rows], residue[rows]])):
        return rows[:0]
    order = rows[np.lexsort((rows, columns.name[rows], residue[rows]))]
    same = (columns.name[order[1:]] == columns.name[order[:-1]]) & (
        residue[order[1:]] == residue[order[:-1]]
    )
    repeated: Integers = order[1:][same]
    return repeated
