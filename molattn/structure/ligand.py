"""Ligands from files, text templates and RDKit objects: one item for every record, good or bad."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from rdkit import Chem

from molattn.errors import FileUnreadable, LigandUnreadable
from molattn.structure.heavy_graph import heavy_graph
from molattn.structure.ligand_checks import check_numbers, check_pose
from molattn.structure.ligand_chemistry import chemical_molecule, largest_fragment
from molattn.structure.mol2 import mol2_records, parse_mol2_record
from molattn.structure.pdbqt import parse_pdbqt_record, pdbqt_records
from molattn.structure.records import Ligand, Note, SourceRecord
from molattn.structure.sdf import ParsedRecord, parse_sdf_record, refuse_query, sdf_records
from molattn.structure.source import content_format, iterate_lines, name_format

NAME_TAGS: Final = ("_Name", "Name", "NAME", "name", "ID", "id", "Id", "_ID", "Title", "chembl_id")
"""Tags that name a record without a title, the first that is there wins."""

_HEAD_LINES: Final = 60  # enough to tell MOL2 from SDF
# what the first line of a record that is no title begins with, as in PDBQT
_NO_TITLE: Final = ("#", "MODEL", "REMARK", "ROOT", "ATOM", "HETATM", "USER")

_Formats = dict[str, tuple[Callable[[Iterable[str]], Iterator[str]], Callable[[str], ParsedRecord]]]
_FORMATS: Final[_Formats] = {
    "sdf": (sdf_records, parse_sdf_record),
    "mol2": (mol2_records, parse_mol2_record),
    "pdbqt": (pdbqt_records, parse_pdbqt_record),
}


class PoseMissing(LigandUnreadable):
    """The record is a molecule, but its coordinates are no pose: a drawing, all zero, not in Å."""


@dataclass(frozen=True, slots=True)
class LigandFailure:
    """A record that is no ligand, and why."""

    source: SourceRecord
    name: str
    reason: str  # one sentence


def read_ligands(
    path: str | os.PathLike[str],
    *,
    records: Collection[int] | None = None,
    keep_text: bool = False,
    template: str = "",
) -> Iterator[Ligand | LigandFailure]:
    """Read the ligands of an SDF, MOL, MOL2 or PDBQT file, plain or gzipped, one by one.

    Parameters
    ----------
    path
        The file; only the record at hand is in memory.
    records
        Which records to read, counted from 0; all of them by default.
    keep_text
        Whether ``source.text`` holds the record as it stood.
    template
        SMILES that gives the bond orders of PDBQT records without a SMILES of their own.

    Yields
    ------
    Ligand or LigandFailure
        Exactly one for each record asked for, in the order of the file.

    Raises
    ------
    FileUnreadable
        The file is missing, empty, damaged, or none of these.
    """
    held = _ligand_format(path)
    split, parse = _FORMATS[held]
    if held == "pdbqt" and template:
        parse = partial(parse_pdbqt_record, template=template)
    wanted = None if records is None else frozenset(records)
    last = None if not wanted else max(wanted)
    any_record = False
    with closing(iterate_lines(path)) as lines:
        for index, text in enumerate(split(lines)):
            any_record = True
            if wanted is None or index in wanted:
                source = SourceRecord(os.fspath(path), index, text if keep_text else "")
                yield _ligand_or_failure(text, parse, source)
            if wanted is not None and (last is None or index >= last):
                break
    if not any_record:
        raise FileUnreadable(f"{path}: there is no ligand record in this file; check its content.")


def read_ligand(path: str | os.PathLike[str], record: int = 0) -> Ligand:
    """Read one ligand of a file.

    Parameters
    ----------
    path
        SDF, MOL, MOL2 or PDBQT file, plain or gzipped.
    record
        Which record, counted from 0.

    Raises
    ------
    FileUnreadable
        As for :func:`read_ligands`.
    LigandUnreadable
        There is no such record, or it is no ligand.
    """
    for item in read_ligands(path, records=(record,)):
        if isinstance(item, LigandFailure):
            raise LigandUnreadable(f"{path}, record {record + 1}: {item.reason}")
        return item
    raise LigandUnreadable(f"{path}: there is no record {record + 1} in this file.")


def ligand_from_mol(mol: Chem.Mol, name: str = "", *, source: SourceRecord | None = None) -> Ligand:
    """Return the ligand of an RDKit molecule with a 3D conformer.

    Parameters
    ----------
    mol
        Molecule with one conformer, sanitised or not; it is not changed. Its properties become
        tags.
    name
        Name of the ligand; the molecule's ``_Name`` by default.
    source
        Where it came from, if from a file.

    Raises
    ------
    LigandUnreadable
        It has no 3D coordinates, or its bonds make no molecule.
    """
    if not mol.GetNumConformers():
        raise LigandUnreadable("The molecule has no conformer: embed or pose it first.")
    refuse_query(mol)
    kekule = Chem.Mol(mol)
    try:
        Chem.Kekulize(kekule, clearAromaticFlags=True)
    except Chem.MolSanitizeException:
        kekule = mol  # the open bonds are closed by the repair
    own = str(mol.GetProp("_Name")) if mol.HasProp("_Name") else ""
    tags = {str(key): str(value) for key, value in mol.GetPropsAsDict().items()}
    parsed = ParsedRecord(heavy_graph(kekule), name or own, tags)
    return ligand_from_record(parsed, source or SourceRecord("", 0))


def parse_record(text: str, kind: Literal["sdf", "mol2"]) -> ParsedRecord:
    """Read the text of one record of an SDF or MOL2 file; nothing is checked or repaired yet.

    Raises
    ------
    LigandUnreadable
        With what is wrong in the record.
    """
    return _FORMATS[kind][1](text)


def ligand_from_record(parsed: ParsedRecord, source: SourceRecord) -> Ligand:
    """Return the ligand of a record: its largest piece, checked and repaired.

    Parameters
    ----------
    parsed
        The record as read.
    source
        Where it stands.

    Raises
    ------
    PoseMissing
        Its coordinates are no pose.
    LigandUnreadable
        It is no molecule.
    """
    check_numbers(parsed.graph)
    graph, fragment_notes = largest_fragment(parsed.graph)
    try:
        pose_notes = check_pose(graph, drawing=parsed.drawing)
    except LigandUnreadable as error:
        raise PoseMissing(str(error)) from None
    mol, repair_notes = chemical_molecule(graph, charges_given=parsed.charges_given)
    name = _record_name(parsed, source)
    mol.SetProp("_Name", name)
    notes: list[Note] = [*parsed.notes, *fragment_notes, *repair_notes, *pose_notes]
    return Ligand(mol, graph.positions, name, source, parsed.tags, tuple(notes))


def _ligand_format(path: str | os.PathLike[str]) -> str:
    named = name_format(path)
    if named in _FORMATS:
        return named
    head: list[str] = []
    with closing(iterate_lines(path)) as lines:
        for line in lines:
            head.append(line)
            if len(head) >= _HEAD_LINES:
                break
    held = content_format("\n".join(head))
    if held in _FORMATS:
        return held
    raise FileUnreadable(
        f"{path}: this is not a ligand file; give SDF, MOL, MOL2 or PDBQT, "
        "or name a ligand within a complex with --ligand."
    )


def _ligand_or_failure(
    text: str, parse: Callable[[str], ParsedRecord], source: SourceRecord
) -> Ligand | LigandFailure:
    parsed: ParsedRecord | None = None
    try:
        parsed = parse(text)
        return ligand_from_record(parsed, source)
    except LigandUnreadable as error:
        reason = str(error).rstrip(".") + "."
    # the one boundary of a record: whatever a foreign library throws costs this record alone
    except Exception as error:  # noqa: BLE001
        reason = f"the record cannot be read ({type(error).__name__}: {error})."
    name = _record_name(parsed, source) if parsed else _title(text, source)
    return LigandFailure(source, name, reason[:1].upper() + reason[1:])


def _record_name(parsed: ParsedRecord, source: SourceRecord) -> str:
    if parsed.name:
        return parsed.name
    for tag in NAME_TAGS:
        if parsed.tags.get(tag, "").strip():
            return parsed.tags[tag].split("\n")[0].strip()
    return f"record {source.record + 1}"


def _title(text: str, source: SourceRecord) -> str:
    lines = text.split("\n")
    if lines[0].startswith("@<TRIPOS>MOLECULE"):
        lines = lines[1:]
    title = lines[0].strip() if lines else ""
    named = title and not title.startswith(_NO_TITLE)
    return title[:80] if named else f"record {source.record + 1}"
