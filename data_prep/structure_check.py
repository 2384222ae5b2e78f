"""Each row of a source read as a score would read it: what it is, what was repaired, what fails."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from data_prep.shards import Outcome
from data_prep.sources.row import SourceRow
from data_prep.summary import reason_of
from molattn.errors import InputError, MolattnError
from molattn.predict.request import Request
from molattn.predict.sources import Sources
from molattn.structure import Ligand, Note, Pocket, Protein, ResidueKind, read_ligand, select_pocket
from molattn.structure.ligand_identity import (
    LigandIdentity,
    identity_of_ligand,
    identity_of_smiles,
)
from molattn.structure.residue_names import ONE_LETTER
from molattn.structure.source import name_format

CONTACT: Final = 6.0
"""Å; the chain with most atoms within it of the ligand is the one whose sequence counts."""

_LETTERS: Final = {name: letter for letter, name in ONE_LETTER.items()}


@dataclass(frozen=True, slots=True)
class CheckTask:
    """Rows to check, and how.

    Attributes
    ----------
    read
        Read proteins and poses; else only what the row says is looked at.
    min_contact
        Å; a pose with a heavy atom nearer than this to the protein is dropped.
    """

    rows: tuple[SourceRow, ...]
    read: bool = True
    min_contact: float = 0.0


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A row that passed, with what its files say.

    Attributes
    ----------
    nearest_contact
        Å between heavy atoms of ligand and protein, None where it was not measured.
    sequence_from
        ``source``, ``structure``, or "".
    warnings
        Codes of what the readers warn of, such as ``close-contact``, with ``;`` between.
    """

    row: SourceRow
    ligand: str
    identity: LigandIdentity | None
    nearest_contact: float | None
    sequence_from: str
    warnings: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the row as JSON values."""
        named = self.identity
        return {
            "row": self.row.as_json(),
            "ligand": self.ligand,
            "identity": [named.smiles, named.inchikey, named.n_heavy] if named else None,
            "nearest_contact": self.nearest_contact,
            "sequence_from": self.sequence_from,
            "warnings": self.warnings,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> CheckedRow:
        """Return the row of JSON values."""
        named = values["identity"]
        return cls(
            row=SourceRow.from_json(values["row"]),
            ligand=values["ligand"],
            identity=LigandIdentity(*named) if named else None,
            nearest_contact=values["nearest_contact"],
            sequence_from=values["sequence_from"],
            warnings=values["warnings"],
        )


def check_rows(task: CheckTask, path: Path) -> list[Outcome]:
    """Check rows, write those that pass as JSON lines, and return the account of all."""
    sources = Sources()
    sources.expect(
        Request(protein=row.protein, ligand=row.ligands[0], record=row.record)
        for row in task.rows
        if row.ligands
    )
    outcomes = []
    lines = []
    for row in task.rows:
        try:
            checked, outcome = check_row(row, sources, read=task.read)
            near = checked.nearest_contact
            if near is not None and near < task.min_contact:
                outcome = Outcome(row.id, "dropped", "pose touches the protein", f"{near:.2f} Å")
            else:
                lines.append(json.dumps(checked.as_json()))
        except MolattnError as error:
            outcome = Outcome(row.id, "dropped", reason_of(error), str(error))
        except Exception as error:  # noqa: BLE001 — one record costs no more than itself
            outcome = Outcome(row.id, "dropped", reason_of(error), str(error))
        outcomes.append(outcome)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return outcomes


def crashed(task: CheckTask) -> list[Outcome]:
    """Return the account of rows whose process died twice."""
    reason = "the process died while reading this row or its neighbours"
    return [Outcome(row.id, "dropped", reason) for row in task.rows]


def check_row(row: SourceRow, sources: Sources, *, read: bool = True) -> tuple[CheckedRow, Outcome]:
    """Read the protein and the ligand of a row and see that they meet.

    Raises
    ------
    MolattnError
        They cannot be used.
    """
    if not read:
        identity = identity_of_smiles(row.smiles) if row.smiles else None
        name = row.ligands[0] if row.ligands else ""
        checked = CheckedRow(row, name, identity, None, "source" if row.sequence else "")
        return checked, _outcome(row, ())
    protein = sources.protein(row.protein) if row.protein else None
    ligand, name, notes = _ligand(row, sources)
    identity = identity_of_ligand(ligand) if ligand is not None else identity_of_smiles(row.smiles)
    near = None
    sequence_from = "source" if row.sequence else ""
    if protein is not None:
        around = ligand if ligand is not None else _template(row, sources)
        notes = (*notes, *protein.notes)
        if around is not None:
            pocket = select_pocket(protein, around.positions)
            notes = (*notes, *pocket.notes)
            near = _nearest(pocket, around) if ligand is not None else None
            if not row.sequence:
                row = replace(row, sequence=sequence_of_nearest_chain(protein, around))
                sequence_from = "structure" if row.sequence else ""
    warnings = ";".join(sorted({note.code for note in notes if note.kind == "warning"}))
    checked = CheckedRow(row, name, identity, near, sequence_from, warnings)
    return checked, _outcome(row, notes)


def sequence_of_nearest_chain(protein: Protein, ligand: Ligand) -> str:
    """Return the one-letter sequence, as resolved, of the chain with most atoms at the ligand.

    Gaps are not marked; what is no amino acid is left out. "" where no amino acid is within
    `CONTACT`.
    """
    from scipy.spatial import cKDTree

    residues, atoms = protein.residues, protein.atoms
    amino = residues.kind <= ResidueKind.MODIFIED
    distance, _ = cKDTree(ligand.positions).query(atoms.position, distance_upper_bound=CONTACT)
    close = np.isfinite(distance) & amino[atoms.residue]
    if not close.any():
        return ""
    chains, counts = np.unique(residues.chain[atoms.residue[close]], return_counts=True)
    rows = np.flatnonzero(amino & (residues.chain == chains[np.argmax(counts)]))
    return "".join(_LETTERS.get(str(name), "X") for name in residues.parent[rows])


def _ligand(row: SourceRow, sources: Sources) -> tuple[Ligand | None, str, tuple[Note, ...]]:
    """Return the ligand of a row, its file, and notes; the first file that can be read is taken."""
    if not row.ligands:
        if row.ligand_code and not row.smiles and row.protein:
            request = Request(protein=row.protein, code=row.ligand_code)
            ligand, notes = sources.ligand(request)
            return ligand, "", (*notes, *ligand.notes)
        return None, "", ()
    first, *others = row.ligands
    try:
        ligand, notes = sources.ligand(Request(row.protein, first, row.record))
        return ligand, first, (*notes, *ligand.notes)
    except InputError as error:
        for other in others:
            try:
                ligand = read_ligand(other, row.record or 0)
            except InputError:
                continue
            read, failed = name_format(other).upper(), name_format(first).upper()
            text = f"the ligand's {failed} cannot be read, its {read} was taken: {error}"
            return ligand, other, (Note("repair", "other-ligand-file", text), *ligand.notes)
        raise


def _template(row: SourceRow, sources: Sources) -> Ligand | None:
    if not row.template:
        return None
    return sources.ligand(Request(row.protein, row.template, 0))[0]


def _nearest(pocket: Pocket, ligand: Ligand) -> float:
    from scipy.spatial import cKDTree

    distance, _ = cKDTree(pocket.atoms.position).query(ligand.positions)
    return float(np.min(distance))


def _outcome(row: SourceRow, notes: Sequence[Note]) -> Outcome:
    repairs = {note.code: note.text for note in notes if note.kind == "repair"}
    reasons = [*filter(None, [row.remark]), *sorted(repairs)]
    if not reasons:
        return Outcome(row.id, "kept")
    return Outcome(row.id, "repaired", "; ".join(reasons), " ".join(repairs.values()))
