"""PDBQT text of docking programs cut into poses, and one pose read into atoms and bonds.

PDBQT holds AutoDock atom types and no bonds. meeko writes the ligand's SMILES beside them, and
which ATOM line each of its atoms is (``REMARK SMILES``, ``REMARK SMILES IDX``); Vina, AutoDock-GPU
and AutoDock 4 pass such lines on. Files without them get their bonds from a template SMILES, else
from distances. Hydrogens are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from rdkit import Chem, rdBase

from molattn.errors import LigandUnreadable
from molattn.structure.heavy_graph import HeavyGraph, heavy_graph
from molattn.structure.perceived_bonds import graph_from_distances, perceive_bond_orders
from molattn.structure.records import Floats, Note
from molattn.structure.sdf import ParsedRecord
from molattn.structure.template_bonds import lay_template, template_from_smiles
from molattn.structure.v2000 import atomic_number

_MOST_LINES: Final = 400_000
_MOST_ATOMS: Final = 500  # of a ligand without a torsion tree
_LOGGED: Final = "DOCKED: "  # begins the lines of a pose in the log (.dlg) of AutoDock 4 and -GPU
_ATOM: Final = ("ATOM", "HETATM")
_ELEMENTS: Final = {"A": 6, "CG": 6, "NA": 7, "NS": 7, "OA": 8, "OS": 8, "SA": 16, "HD": 1, "HS": 1}
"""Atomic number of an AutoDock type without its digits, where it is not the element's symbol."""

_NO_ATOMS: Final = ("G", "W", "Q", "J")  # ring glue, waters of hydrated docking, attractors
_TYPED_AS_THEMSELVES: Final = (6, 7, 8, 9, 15, 16, 17, 35, 53)  # others may bear a stand-in's type
_NUMBER: Final = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_RESULT: Final = re.compile(rf"REMARK VINA RESULT:\s*({_NUMBER})\s+({_NUMBER})\s+({_NUMBER})")
_PART: Final = re.compile(rf"REMARK (INTER|INTRA|UNBOUND):\s*({_NUMBER})")
_PLAIN: Final = re.compile(rf"REMARK\s+([A-Za-z_]\w*)\s+({_NUMBER})\s*$")
_AUTODOCK: Final = re.compile(rf"USER\s+Estimated Free Energy of Binding\s*=\s*({_NUMBER})")
_NAME: Final = re.compile(r"REMARK\s+Name\s*=\s*(.*)")


@dataclass(frozen=True, slots=True)
class _Atom:
    """One ATOM line; ``element`` is 0 for what is no atom."""

    number: int
    element: int
    position: tuple[float, float, float]
    residue: str


def pdbqt_records(lines: Iterable[str]) -> Iterator[str]:
    """Yield the text of each pose of each ligand.

    A pose ends with its ``ENDMDL``, or where another ligand begins: several in one ``MODEL`` are
    records of their own, which all get the scores of that model. Side chains that moved keep their
    ``BEGIN_RES`` line alone. Of a docking log only the docked poses count.

    Parameters
    ----------
    lines
        Lines without line ends.
    """
    record: list[str] = []
    ended = any_record = False  # ended: the torsion tree at hand is complete
    for line in _outside_side_chains(_docked(lines)):
        if line.startswith("MODEL"):
            next_record = [line]
        elif ended and line.startswith(("REMARK", "ROOT", *_ATOM)):
            next_record = [*_of_the_model(record), line]
        else:
            if len(record) < _MOST_LINES:
                record.append(line)
            ended |= line.startswith("TORSDOF")
            if not line.startswith("ENDMDL"):
                continue
            next_record = []
        if _is_pose(record):
            any_record = True
            yield "\n".join(record)
        record, ended = next_record, False
    if _is_pose(record) or (not any_record and any(line.strip() for line in record)):
        yield "\n".join(record)


def _docked(lines: Iterable[str]) -> Iterator[str]:
    """Yield all lines, or from the first line of a log that is part of a pose only such lines."""
    log = False
    for line in lines:
        log |= line.startswith(_LOGGED)
        if not log:
            yield line
        elif line.startswith(_LOGGED):
            yield line.removeprefix(_LOGGED)


def _outside_side_chains(lines: Iterable[str]) -> Iterator[str]:
    inside = False
    for line in lines:
        if line.startswith("BEGIN_RES"):
            inside = True
            yield line
        elif line.startswith("END_RES"):
            inside = False
        elif not inside:
            yield line


def _of_the_model(record: list[str]) -> list[str]:
    """Return the lines of a record that hold for every ligand of its model."""
    if not record[0].startswith("MODEL"):
        return []
    shared = (_RESULT, _PART, _AUTODOCK)
    return [record[0], *(line for line in record if any(one.match(line) for one in shared))]


def _is_pose(record: list[str]) -> bool:
    return any(line.startswith(("MODEL", *_ATOM)) for line in record)


def parse_pdbqt_record(text: str, template: str = "") -> ParsedRecord:
    """Read one pose.

    Parameters
    ----------
    text
        As `pdbqt_records` yields it.
    template
        SMILES that gives the bond orders where the record has none of its own.

    Raises
    ------
    LigandUnreadable
        With what is wrong in the record.
    """
    lines = text.split("\n")
    atoms = [_atom(line) for line in lines if line.startswith(_ATOM)]
    _refuse_what_is_no_pose(lines, atoms)
    smiles, places = _smiles_remarks(lines)
    notes: list[Note] = []
    if smiles and places:
        graph = _graph_of_smiles(smiles, places, atoms)
    else:
        graph, notes = _graph_of_types(atoms, smiles or template)
    moved = [line[9:].strip() for line in lines if line.startswith("BEGIN_RES")]
    if moved:
        sentence = (
            f"The docking moved side chains of the receptor ({', '.join(moved)}); they are scored "
            "where the receptor file has them."
        )
        notes.append(Note("warning", "flexible-side-chains", sentence))
    names = [found.group(1).strip() for line in lines if (found := _NAME.match(line))]
    return ParsedRecord(graph, names[0] if names else "", pdbqt_tags(text), notes=tuple(notes))


def pdbqt_tags(text: str) -> dict[str, str]:
    """Return the scores in the remarks of a pose, by the names that columns get.

    ``REMARK VINA RESULT`` gives ``vina_affinity`` (kcal/mol), ``vina_rmsd_lb``, ``vina_rmsd_ub``;
    ``INTER``, ``INTRA`` and ``UNBOUND`` their ``vina_…``; a remark of a name and a number (smina's
    ``minimizedAffinity``) keeps its name; AutoDock's free energy is ``autodock_affinity``.
    """
    tags: dict[str, str] = {}
    for line in text.split("\n"):
        if not line.startswith(("REMARK", "USER")):
            continue
        if found := _RESULT.match(line):
            names = ("vina_affinity", "vina_rmsd_lb", "vina_rmsd_ub")
            tags.update(zip(names, found.groups(), strict=True))
        elif found := _PART.match(line):
            tags[f"vina_{found.group(1).lower()}"] = found.group(2)
        elif found := _PLAIN.match(line):
            tags[found.group(1)] = found.group(2)
        elif found := _AUTODOCK.match(line):
            tags["autodock_affinity"] = found.group(1)
    return tags


def _atom(line: str) -> _Atom:
    place, kind = line[6:11].strip(), line[77:].strip()
    try:
        x, y, z = float(line[30:38]), float(line[38:46]), float(line[46:54])
        number = int(place)
    except ValueError:
        raise LigandUnreadable(
            f"ATOM line {place!r} holds no number and coordinates where PDBQT has them; write the "
            "file again"
        ) from None
    if not kind:
        raise LigandUnreadable(
            f"atom {place} has no AutoDock type at the end of its line; is this a whole PDBQT file?"
        )
    return _Atom(number, _element(kind, place), (x, y, z), line[21:27])


def _element(kind: str, place: str) -> int:
    letters = kind.split(maxsplit=1)[0].rstrip("0123456789")
    if letters in _NO_ATOMS:
        return 0
    found = _ELEMENTS.get(letters, atomic_number(letters.capitalize()))
    if found is None:
        raise LigandUnreadable(
            f"atom {place} has the unknown AutoDock type {kind!r}; give a type such as C, A, OA, HD"
        )
    return found


def _refuse_what_is_no_pose(lines: list[str], atoms: list[_Atom]) -> None:
    if not any(atom.element > 1 for atom in atoms):
        raise LigandUnreadable("the pose has no atoms; is the file cut short, or no PDBQT?")
    if not any(line.startswith("ROOT") for line in lines):
        residues = len({atom.residue for atom in atoms})
        if residues > 1 or len(atoms) > _MOST_ATOMS:
            raise LigandUnreadable(
                f"this is a receptor, not a pose ({len(atoms)} atoms and no ROOT line); give the "
                "file that the docking wrote"
            )
    elif not any(line.startswith("TORSDOF") for line in lines):
        raise LigandUnreadable("the pose is cut short: its TORSDOF line is missing; dock it again")


def _smiles_remarks(lines: list[str]) -> tuple[str, list[tuple[int, int]]]:
    """Return the SMILES and, for its atoms, the ATOM line of each, both counted from 1."""
    smiles, numbers = "", list[str]()
    for line in lines:
        if line.startswith("REMARK SMILES IDX"):
            numbers += line.split()[3:]
        elif line.startswith("REMARK SMILES"):
            smiles = " ".join(line.split()[2:3])
    if len(numbers) % 2 or not all(number.isdigit() for number in numbers):
        raise LigandUnreadable("its REMARK SMILES IDX lines are no pairs of numbers; dock it again")
    pairs = iter(map(int, numbers))
    return smiles, list(zip(pairs, pairs, strict=True))


def _graph_of_smiles(smiles: str, places: list[tuple[int, int]], atoms: list[_Atom]) -> HeavyGraph:
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        raise LigandUnreadable(f"its REMARK SMILES {smiles!r} is no valid SMILES; dock it again")
    first = atoms[0].number  # numbers may run on from one ligand of a model to the next
    line_of = {atom.number - first + 1: atom for atom in atoms}
    taken: dict[int, _Atom] = {}
    for index, line in places:
        if line not in line_of:
            raise LigandUnreadable(
                f"the pose is cut short: ATOM line {line} of its REMARK SMILES IDX is missing"
            )
        taken[index - 1] = line_of[line]
    heavy = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() > 1]
    _refuse_mismatch(mol, heavy, taken, atoms)
    conformer = Chem.Conformer(mol.GetNumAtoms())
    for index in heavy:
        conformer.SetAtomPosition(index, taken[index].position)
    mol.AddConformer(conformer)
    Chem.Kekulize(mol, clearAromaticFlags=True)
    return heavy_graph(mol)


def _refuse_mismatch(
    mol: Chem.Mol, heavy: list[int], taken: dict[int, _Atom], atoms: list[_Atom]
) -> None:
    """Refuse a SMILES that is not that of the atoms."""
    fault = ""
    written = sum(atom.element > 1 for atom in atoms)
    placeless = len(set(heavy) - set(taken))
    if len(heavy) != written:
        fault = f"it has {len(heavy)} heavy atoms and the pose {written}"
    elif placeless:
        fault = f"REMARK SMILES IDX leaves out {placeless} of {len(heavy)} heavy atoms"
    for index in heavy if not fault else ():
        atom = mol.GetAtomWithIdx(index)
        told, typed = atom.GetAtomicNum(), taken[index].element
        if told != typed and told in _TYPED_AS_THEMSELVES:
            other = Chem.GetPeriodicTable().GetElementSymbol(typed)
            fault = (
                f"atom {taken[index].number} is {other} in the pose and {atom.GetSymbol()} in it"
            )
            break
    if fault:
        raise LigandUnreadable(
            f"its REMARK SMILES is not that of its atoms ({fault}); dock it again"
        )


def _graph_of_types(atoms: list[_Atom], template: str) -> tuple[HeavyGraph, list[Note]]:
    """Return the molecule by distances, with the bond orders of a template if it fits."""
    kept = [atom for atom in atoms if atom.element > 1]
    positions: Floats = np.array([atom.position for atom in kept], dtype=np.float64)
    graph = graph_from_distances([atom.element for atom in kept], positions)
    said = "The bonds were derived from the geometry, as the PDBQT record has no REMARK SMILES"
    if template:
        laid = lay_template(graph, template_from_smiles(template), "template SMILES")
        if laid is not None:
            return graph, laid
        said = "The template does not match the atoms, so the bonds were derived from the geometry"
    perceive_bond_orders(graph)
    text = f"{said}; give a template SMILES to be sure." if not template else f"{said}."
    return graph, [Note("warning", "bonds-from-geometry", text)]
