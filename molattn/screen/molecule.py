"""One record of a library as one molecule, with its pose where it has one.

The rules (`molattn.screen.molecule_rules.RULES`):

- Salts and solvents: the largest organic piece is kept, and a usual counter-ion only where there
  is nothing else. What is left out is a repair where it is usual: at most six heavy atoms, or one
  of `COUNTER_IONS`, or a further copy of the molecule. Another small piece is a warning.
- Mixtures: a second piece of at least ten heavy atoms and half the size of the first, which is no
  usual counter-ion, is left out with a warning. So is a second stereoisomer.
- A molecule without carbon, a polymer, and whatever is not definite (R-groups, dummy and query
  atoms, query bonds) are refused.
- So are molecules of more than ``--max-heavy-atoms`` or fewer than three heavy atoms.
- Isotope labels are left out and radicals filled with hydrogens: neither changes a score. Both are
  worth a note.
- A metal may be part of the molecule; one drawn with a bond to its counter-ion (Na–O) is cut off.
- A drawing, coordinates that are all zero and coordinates not in Å are no pose, but a molecule. Its
  stereo is that of wedges or parities; the stereo of a pose is that of its coordinates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from rdkit import Chem, rdBase

from molattn.errors import LigandUnreadable
from molattn.screen.molecule_rules import (
    MoleculeLimits,
    check_organic,
    check_size,
    choose_piece,
)
from molattn.screen.molecule_text import (
    check_record_text,
    drawing_molecule,
    plain_molecule,
    smiles_molecule,
)
from molattn.screen.record import LibraryRecord
from molattn.structure.heavy_graph import HeavyGraph, is_metal, rdkit_molecule
from molattn.structure.ligand import PoseMissing, ligand_from_record, parse_record
from molattn.structure.ligand_checks import check_numbers
from molattn.structure.ligand_chemistry import chemical_molecule
from molattn.structure.records import Ligand, Note, SourceRecord

_DEFAULT_LIMITS: Final = MoleculeLimits()
_LONGEST_FIELD: Final = 2_000  # letters; what is longer is a picture or a spectrum
_S_BLOCK_AND_ALUMINIUM: Final = (3, 4, 11, 12, 13, 19, 20, 37, 38, 55, 56)


@dataclass(frozen=True, slots=True, eq=False)
class LibraryMolecule:
    """What a record of a library holds.

    Attributes
    ----------
    mol
        Heavy atoms, sanitised, with stereo, without conformer.
    ligand
        The same atoms in their pose; None where the record has none.
    no_pose
        Why there is no pose, a sentence; empty where there is one.
    notes
        What was put right or looks doubtful; ``ligand.notes`` are the same.
    fields
        Columns of its row in a table and tags of its SDF record; values of more than 2,000
        letters are left out.
    """

    mol: Chem.Mol
    ligand: Ligand | None
    no_pose: str
    notes: tuple[Note, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)


def library_molecule(
    record: LibraryRecord, limits: MoleculeLimits = _DEFAULT_LIMITS
) -> LibraryMolecule:
    """Return the molecule of a record.

    Parameters
    ----------
    record
        SDF or MOL2 record, SMILES or CXSMILES.
    limits
        Sizes that are accepted.

    Raises
    ------
    LigandUnreadable
        With one sentence; whatever goes wrong, it costs this record alone.
    """
    if record.problem:
        raise LigandUnreadable(record.problem)
    try:
        if record.kind == "smiles":
            mol = smiles_molecule(record.text, limits)
            no_pose = "a SMILES has no pose; give a posed ligand"
            return _without_pose(record, mol, no_pose, limits)
        return _from_atoms(record, limits)
    except LigandUnreadable as error:
        raise LigandUnreadable(_sentence(str(error))) from None
    # the one boundary of a record: whatever a foreign library throws costs this record alone
    except Exception as error:
        reason = f"the record cannot be read ({type(error).__name__}: {error})"
        raise LigandUnreadable(_sentence(reason)) from error


def carried_fields(*sources: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of a record that are carried through to its row.

    Parameters
    ----------
    sources
        Names and values; where a name comes twice, the first source wins.
    """
    taken: dict[str, str] = {}
    for source in sources:
        for name, value in source.items():
            if len(value) <= _LONGEST_FIELD:
                taken.setdefault(name, value)
    return {name: taken[name] for name in sorted(taken)}


def _from_atoms(record: LibraryRecord, limits: MoleculeLimits) -> LibraryMolecule:
    assert record.kind != "smiles"
    label_notes = check_record_text(record.text) if record.kind == "sdf" else []
    parsed = parse_record(record.text, record.kind)
    check_numbers(parsed.graph)
    fragments = parsed.graph.fragments()
    check_size(len(fragments[0]), limits)
    kept = replace(parsed, name=record.id, tags=carried_fields(record.fields, parsed.tags))
    piece_notes: list[Note] = []
    if len(fragments) > 1:
        graph, piece_notes = _kept_graph(parsed.graph, fragments)
        kept = replace(kept, graph=graph)
    try:
        ligand = ligand_from_record(kept, SourceRecord(record.source, record.number))
    except PoseMissing as error:
        mol, drawing_notes = drawing_molecule(record.text, parsed)
        return _without_pose(record, mol, str(error), limits, notes=drawing_notes, tags=parsed.tags)
    check_organic(ligand.mol)
    check_size(len(ligand.positions), limits)
    notes = (*piece_notes, *label_notes, *ligand.notes)
    ligand = replace(ligand, notes=notes)
    return LibraryMolecule(_flat_with_stereo(ligand), ligand, "", notes, kept.tags)


def _kept_graph(graph: HeavyGraph, fragments: list[list[int]]) -> tuple[HeavyGraph, list[Note]]:
    """Return the piece that is the molecule, and the loose metals that its reader may bind."""
    loose = [
        piece[0] for piece in fragments if len(piece) == 1 and _may_bind(graph.elements[piece[0]])
    ]
    pieces = [piece for piece in fragments if len(piece) > 1 or piece[0] not in loose]
    chosen, notes = choose_piece([_piece_molecule(graph.subset(piece)) for piece in pieces])
    return graph.subset(sorted([*pieces[chosen], *loose])), notes


def _may_bind(element: int) -> bool:
    return is_metal(element) and element not in _S_BLOCK_AND_ALUMINIUM


def _piece_molecule(graph: HeavyGraph) -> Chem.Mol:
    try:
        mol, _ = chemical_molecule(graph)
    except LigandUnreadable:
        mol = rdkit_molecule(graph, sanitise=False)
        mol.UpdatePropertyCache(strict=False)
    return mol


def _flat_with_stereo(ligand: Ligand) -> Chem.Mol:
    """Return the molecule of a pose with the stereo of its coordinates, and without them."""
    mol = Chem.Mol(ligand.mol)
    with rdBase.BlockLogs():
        Chem.AssignStereochemistryFrom3D(mol)
    mol.RemoveAllConformers()
    return mol


def _without_pose(
    record: LibraryRecord,
    mol: Chem.Mol,
    no_pose: str,
    limits: MoleculeLimits,
    *,
    notes: Sequence[Note] = (),
    tags: Mapping[str, str] | None = None,
) -> LibraryMolecule:
    plain, label_notes = plain_molecule(mol)
    piece_notes: list[Note] = []
    molecule = plain
    if len(Chem.GetMolFrags(plain)) > 1:
        pieces = Chem.GetMolFrags(plain, asMols=True)
        chosen, piece_notes = choose_piece(pieces)
        molecule = pieces[chosen]
    check_organic(molecule)
    check_size(molecule.GetNumAtoms(), limits)
    molecule.SetProp("_Name", record.id)
    return LibraryMolecule(
        molecule,
        None,
        _sentence(no_pose),
        (*piece_notes, *label_notes, *notes),
        carried_fields(record.fields, tags or {}),
    )


def _sentence(text: str) -> str:
    text = text.rstrip(".") + "."
    return text[:1].upper() + text[1:]
