"""What a file holds and what reading it would repair, as text."""

from __future__ import annotations

import os
from collections import Counter

from molattn.predict.unanswered import sentence
from molattn.structure import (
    LigandFailure,
    Note,
    Protein,
    ResidueKind,
    list_ligands,
    read_ligands,
    read_protein,
)
from molattn.structure.source import file_format

RECORDS_SHOWN = 10
LIGANDS_SHOWN = 20
_KIND_NAMES = {
    ResidueKind.AMINO_ACID: "amino acids",
    ResidueKind.MODIFIED: "modified amino acids",
    ResidueKind.METAL: "metal ions",
    ResidueKind.COFACTOR: "cofactors and other groups",
    ResidueKind.NUCLEOTIDE: "nucleotides",
    ResidueKind.WATER: "waters",
}
_NAMED_KINDS = (ResidueKind.MODIFIED, ResidueKind.METAL, ResidueKind.COFACTOR)


def describe_file(path: str | os.PathLike[str]) -> str:
    """Return what a structure or ligand file holds, a line each.

    Parameters
    ----------
    path
        PDB, mmCIF, SDF, MOL or MOL2, plain or gzipped.

    Raises
    ------
    InputError
        If the file cannot be read as either.
    """
    if file_format(path) in ("sdf", "mol2"):
        return "\n".join(_describe_ligands(path))
    return "\n".join(_describe_structure(path))


def _describe_structure(path: str | os.PathLike[str]) -> list[str]:
    protein = read_protein(path)
    residues = protein.residues
    lines = [
        f"{os.fspath(path)}: structure of {len(residues)} residues, {len(protein.atoms)} heavy "
        "atoms",
        "",
        "chains",
        *_chain_lines(protein),
        "",
        "residues",
    ]
    for kind, title in _KIND_NAMES.items():
        rows = [row for row in range(len(residues)) if residues.kind[row] == kind]
        if not rows:
            continue
        names = Counter(str(residues.name[row]) for row in rows)
        shown = ", ".join(f"{name} {count}" for name, count in names.most_common(12))
        lines.append(f"  {title:<28}{len(rows):>6}{f'  ({shown})' if kind in _NAMED_KINDS else ''}")
    return [*lines, *_candidate_lines(path), *_note_lines(protein.notes)]


def _chain_lines(protein: Protein) -> list[str]:
    residues = protein.residues
    lines = []
    for chain in dict.fromkeys(map(str, residues.chain)):
        numbers = residues.number[residues.chain == chain]
        name = chain or "(blank)"
        lines.append(f"  {name:<8}{len(numbers):>6} residues, {numbers.min()} to {numbers.max()}")
    return lines


def _candidate_lines(path: str | os.PathLike[str]) -> list[str]:
    candidates = list_ligands(path)
    if not candidates:
        return ["", "no group that could be a ligand"]
    lines = ["", "groups that could be the ligand (heavy atoms)"]
    lines += [
        f"  --ligand {candidate.address!s:<20}{candidate.heavy_atoms:>6}"
        for candidate in candidates[:LIGANDS_SHOWN]
    ]
    if len(candidates) > LIGANDS_SHOWN:
        lines.append(f"  and {len(candidates) - LIGANDS_SHOWN} more")
    return lines


def _describe_ligands(path: str | os.PathLike[str]) -> list[str]:
    lines, notes = [], []
    good = bad = 0
    for item in read_ligands(path):
        record = item.source.record
        if isinstance(item, LigandFailure):
            bad += 1
            text = f"cannot be read: {item.reason}"
        else:
            good += 1
            notes += list(item.notes)
            text = f"{item.name}, {len(item.positions)} heavy atoms"
        if record < RECORDS_SHOWN:
            lines.append(f"  record {record}: {text}")
    if good + bad > RECORDS_SHOWN:
        lines.append(f"  and {good + bad - RECORDS_SHOWN} more")
    head = f"{os.fspath(path)}: {good + bad} ligand records, {good} readable"
    return [head, "", *lines, *_note_lines(notes)]


def _note_lines(notes: tuple[Note, ...] | list[Note]) -> list[str]:
    lines = []
    for kind, title in (("repair", "repairs"), ("warning", "warnings"), ("info", "remarks")):
        texts = Counter(sentence(note.text) for note in notes if note.kind == kind)
        if texts:
            lines += ["", title]
            lines += [
                f"  {text}{f' ({count} times)' if count > 1 else ''}"
                for text, count in texts.most_common(20)
            ]
    return lines
