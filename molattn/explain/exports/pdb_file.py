"""The pocket and its ligand as PDB, with one view of an explanation in the B factor column."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator

import numpy as np

from molattn.errors import OutputError
from molattn.explain.explanation import MEANINGS, TITLES, Explanation, Numbers, View
from molattn.explain.exports.contact_atoms import ligand_positions
from molattn.explain.exports.pdb_names import FittedNames, fitted_names, ligand_atom_names
from molattn.explain.main_contacts import pocket_rows
from molattn.structure.records import Pocket, ResidueKind

LIGAND_NAME = "LIG"
_LARGEST = 99.99  # a minus sign must fit as well
_LOW, _HIGH = -999.9994, 9999.9994  # Å, of a coordinate that fits its column
_IN_CHAIN = (ResidueKind.AMINO_ACID, ResidueKind.NUCLEOTIDE)  # the others are HETATM


def pocket_pdb(explanation: Explanation, view: View) -> str:
    """Return the pocket and the ligand as the text of a PDB file.

    Every atom of a residue carries the residue's value, every ligand atom its own, times a power
    of ten that a REMARK names; residues that take no part carry 0. The ligand is residue ``LIG``
    in a chain of its own, its bonds stand in CONECT records.

    Parameters
    ----------
    explanation
        The explanation.
    view
        The view whose numbers go into the B factor column.

    Raises
    ------
    OutputError
        Coordinates or chains do not fit into a PDB file.
    """
    names = fitted_names(explanation.pocket.atoms, explanation.pocket.residues)
    scale = b_factor_scale(view)
    lines = [
        *_head(explanation, view, scale, names),
        *_pocket_lines(explanation.pocket, names, _pocket_values(explanation, view) * scale),
        "TER",
        *_ligand_lines(explanation, names, view.atoms * scale),
        *_bond_lines(explanation),
        "END",
    ]
    return "\n".join(lines) + "\n"


def bare_pocket_pdb(pocket: Pocket) -> str:
    """Return the atoms of a pocket, in their order, as the text of a PDB file; B factors are 0.

    Raises
    ------
    OutputError
        As :func:`pocket_pdb`.
    """
    names = fitted_names(pocket.atoms, pocket.residues)
    values = np.zeros(len(pocket.atoms))
    return "\n".join([*_pocket_lines(pocket, names, values), "END"]) + "\n"


def b_factor_scale(view: View) -> float:
    """Return the power of ten by which the values of a view go into the B factor column.

    The largest of them has two digits before the point.
    """
    largest = float(np.abs(np.concatenate((view.residues, view.atoms))).max(initial=0.0))
    if largest == 0.0 or not math.isfinite(largest):
        return 1.0
    power = math.floor(math.log10(_LARGEST / largest))
    return float(10.0**power)


def pocket_serial(row: int) -> int:
    """Return the serial number of a pocket atom by its row."""
    return row + 1


def ligand_serial(explanation: Explanation, atom: int) -> int:
    """Return the serial number of a ligand atom."""
    return len(explanation.pocket.atoms) + atom + 1


def _head(explanation: Explanation, view: View, scale: float, names: FittedNames) -> Iterator[str]:
    score = explanation.score
    pK = "" if score.pK is None else f", pK {score.pK:.2f}"
    pose = "" if score.pose is None or not score.pose.name else f", {score.pose.name}"
    sentences = [
        f"molattn: {score.id}{pose}{pK}",
        f"The B factor is {scale:g} times the {TITLES[view.name].lower()} ({view.unit}) "
        "of the residue or ligand atom.",
        f"{TITLES[view.name]}: {MEANINGS[view.name]}.",
        f"The ligand is {LIGAND_NAME} 1 in chain {names.ligand_chain}.",
        *names.remarks,
    ]
    for sentence in sentences:
        for line in textwrap.wrap(" ".join(sentence.split()), 68):
            yield f"REMARK  99 {line}"


def _pocket_values(explanation: Explanation, view: View) -> Numbers:
    """Return the value of the residue of each pocket atom, [n]."""
    places = pocket_rows(explanation)
    values = np.zeros(len(explanation.pocket.residues))
    known = places >= 0
    values[places[known]] = view.residues[known]
    by_atom: Numbers = values[explanation.pocket.atoms.residue]
    return by_atom


def _pocket_lines(pocket: Pocket, names: FittedNames, values: Numbers) -> Iterator[str]:
    atoms, residues = pocket.atoms, pocket.residues
    for row, residue in enumerate(atoms.residue.tolist()):
        yield _atom_line(
            "ATOM" if residues.kind[residue] in _IN_CHAIN else "HETATM",
            pocket_serial(row),
            names.atoms[row],
            f"{names.name[residue]:>3} {names.chain[residue]}{names.number[residue]:>4}"
            f"{str(residues.insertion[residue]) or ' '}",
            atoms.position[row],
            float(atoms.occupancy[row]),
            float(values[row]),
            str(atoms.element[row]),
        )


def _ligand_lines(explanation: Explanation, names: FittedNames, values: Numbers) -> Iterator[str]:
    pose = explanation.score.pose
    symbols = [] if pose is None else [atom.GetSymbol() for atom in pose.mol.GetAtoms()]
    positions = ligand_positions(explanation)
    for atom, name in enumerate(ligand_atom_names(symbols)):
        yield _atom_line(
            "HETATM",
            ligand_serial(explanation, atom),
            name,
            f"{LIGAND_NAME} {names.ligand_chain}   1 ",
            positions[atom],
            1.0,
            float(values[atom]),
            symbols[atom],
        )


def _bond_lines(explanation: Explanation) -> Iterator[str]:
    """Yield the bonds of the ligand, four neighbours a line."""
    pose = explanation.score.pose
    if pose is None:
        return
    for atom in pose.mol.GetAtoms():
        others = sorted(other.GetIdx() for other in atom.GetNeighbors())
        for start in range(0, len(others), 4):
            serials = [atom.GetIdx(), *others[start : start + 4]]
            yield "CONECT" + "".join(f"{ligand_serial(explanation, one):5d}" for one in serials)


def _atom_line(
    record: str,
    serial: int,
    name: str,
    residue: str,
    position: Numbers,
    occupancy: float,
    value: float,
    element: str,
) -> str:
    """Return one line of fixed columns; ``residue`` fills columns 18 to 27."""
    if not ((position > _LOW) & (position < _HIGH)).all():
        raise OutputError(
            f"Atom {name} lies at {position.round(1).tolist()} Å, which does not fit into a PDB "
            "file; write .json or .npz instead."
        )
    x, y, z = position
    symbol = element.upper()[:2]
    # a name begins one column late where the element has one letter
    padded = f" {name}" if len(symbol) == 1 and len(name) < 4 else name
    return (
        f"{record:<6}{serial:5d} {padded:<4} {residue}   {x:8.3f}{y:8.3f}{z:8.3f}"
        f"{occupancy:6.2f}{value:6.2f}          {symbol:>2}"
    )
