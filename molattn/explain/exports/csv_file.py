"""An explanation as tables: a row per residue, or a row per contact."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence

from molattn.explain.explanation import Explanation, View
from molattn.explain.exports.contact_atoms import contact_atoms

Row = dict[str, str | int | float]


def residue_rows(explanation: Explanation) -> list[Row]:
    """Return a row for each residue, in the order of the protein.

    Returns
    -------
    list of dict
        ``residue`` (label), ``chain``, ``number``, ``insertion``, ``name``, ``closest_A``, one
        column per view (``attention``, ``ledger_pK``, ``gradients_pK``, ``occlusion_pK``),
        ``alanine_pK`` if mutations were asked for, ``interactions`` (kinds of ProLIF) if known.
    """
    alanine = {one.residue: one.change for one in explanation.mutations}
    kinds: defaultdict[int, dict[str, None]] = defaultdict(dict)
    for one in explanation.interactions or ():
        kinds[one.residue][one.kind] = None
    rows: list[Row] = []
    for residue in range(len(explanation.residues)):
        row: Row = {
            **_identity(explanation, residue),
            "closest_A": float(explanation.closest[residue]),
        }
        for view in explanation.views.values():
            row[_column(view)] = float(view.residues[residue])
        if explanation.mutations:
            row["alanine_pK"] = alanine.get(residue, "")
        if explanation.interactions is not None:
            row["interactions"] = " ".join(kinds[residue])
        rows.append(row)
    return rows


def contact_rows(explanation: Explanation) -> list[Row]:
    """Return a row for each contact of a ligand atom and a residue.

    Returns
    -------
    list of dict
        ``atom`` (0-based), ``element``, the residue as in :func:`residue_rows`, ``closest_atom``
        and ``distance_A`` of the residue's atom nearest to the ligand atom, one column per view
        that has numbers for contacts.
    """
    atoms = explanation.pocket.atoms
    pose = explanation.score.pose
    elements = [] if pose is None else [atom.GetSymbol() for atom in pose.mol.GetAtoms()]
    ends = contact_atoms(explanation)
    rows: list[Row] = []
    pairs = zip(explanation.contact_atom, explanation.contact_residue, strict=True)
    for contact, (atom, residue) in enumerate(pairs):
        end = int(ends.pocket_atom[contact])
        row: Row = {
            "atom": int(atom),
            "element": elements[atom] if elements else "",
            **_identity(explanation, int(residue)),
            "closest_atom": "" if end < 0 else str(atoms.name[end]),
            "distance_A": "" if end < 0 else float(ends.distance[contact]),
        }
        for view in explanation.views.values():
            if view.contacts is not None:
                row[_column(view)] = float(view.contacts[contact])
        rows.append(row)
    return rows


def csv_text(rows: Sequence[Mapping[str, str | int | float]]) -> str:
    """Return rows of equal keys as CSV; numbers with a point have six digits behind it."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    if rows:
        writer.writerow(rows[0])
    for row in rows:
        writer.writerow(
            f"{value:.6f}" if isinstance(value, float) else value for value in row.values()
        )
    return stream.getvalue()


def _identity(explanation: Explanation, residue: int) -> Row:
    table = explanation.residues
    return {
        "residue": explanation.labels[residue],
        "chain": str(table.chain[residue]),
        "number": int(table.number[residue]),
        "insertion": str(table.insertion[residue]),
        "name": str(table.name[residue]),
    }


def _column(view: View) -> str:
    return f"{view.name}_pK" if view.unit == "pK" else view.name
