"""The requests of one structure: every record of the ligand files, and ligands inside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from molattn.errors import InputError, UsageError
from molattn.predict.request import Request
from molattn.structure import (
    Ligand,
    LigandFailure,
    ligand_from_complex,
    read_ligands,
    read_protein,
)


def structure_requests(
    protein: str, ligands: Sequence[str], codes: Sequence[str] = (), template: str = ""
) -> Iterator[Request]:
    """Return a request for each ligand record; files are read while the requests are taken.

    Parameters
    ----------
    protein
        Structure file, read once now so that a bad one is found before anything else.
    ligands
        SDF, MOL, MOL2 or PDBQT files.
    codes
        ``RES[:CHAIN[:NUM]]`` of ligands inside the structure file.
    template
        SMILES that gives the bond orders of those, and of PDBQT records without a SMILES.

    Raises
    ------
    InputError
        If the protein cannot be read, or none of the ligands can.
    UsageError
        If no ligand is named.
    """
    if not ligands and not codes:
        raise UsageError(
            "No ligand is named: give a ligand file after the protein, or --ligand "
            "RES[:CHAIN[:NUM]] for one inside it (`molattn info FILE` lists them)."
        )
    read_protein(protein)
    starts = [_from_code(protein, code, template) for code in codes]
    starts += [_from_file(protein, path, template) for path in ligands]
    streams, errors = [], []
    for stream in starts:
        first = next(stream)
        if first.problem:
            errors.append(first.problem)
        streams.append(chain((first,), stream))
    if len(errors) == len(streams):
        more = f" ({len(errors) - 1} more ligands failed)" if len(errors) > 1 else ""
        raise InputError(errors[0] + more)
    return chain.from_iterable(streams)


def _from_code(protein: str, code: str, template: str) -> Iterator[Request]:
    asked = Request(protein, code=code, id=code, protein_name=protein, ligand_name=code)
    try:
        yield replace(asked, ligand=ligand_from_complex(protein, code, template=template or None))
    except InputError as error:
        yield replace(asked, problem=str(error))


def _from_file(protein: str, path: str, template: str) -> Iterator[Request]:
    asked = Request(protein, protein_name=protein, ligand_name=path)
    try:
        for item in read_ligands(path, template=template):
            record = item.source.record
            yield replace(asked, ligand=item, record=record, id=_identifier(item, path))
    except InputError as error:
        yield replace(asked, id=Path(path).name, problem=str(error))


def _identifier(item: Ligand | LigandFailure, path: str) -> str:
    """Return the record's title; the file's name, numbered, where it has none."""
    record = item.source.record
    if item.name and item.name != f"record {record + 1}":
        return item.name
    stem = Path(path).name.split(".")[0]
    return stem if record == 0 else f"{stem}_{record}"
