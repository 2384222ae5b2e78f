"""The ligands of a manifest as flat SMILES, from its own column or from the ligand files."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

from molattn.errors import InputError
from molattn.structure.ligand import LigandFailure, read_ligands
from molattn.train.ligand_likeness import flat_smiles, flat_smiles_of_text
from molattn.train.manifest import ManifestRow

_SOURCES: Final = ("train/ligand_likeness.py", "train/row_ligands.py", "structure/*.py")
"""Code that decides what the flat SMILES is."""


def row_ligands(
    rows: Sequence[ManifestRow],
    cache: Path | None = None,
    known: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Return the flat SMILES of each row's ligand, "" where neither column nor file gives one.

    Parameters
    ----------
    rows
        The manifest.
    cache
        Folder in which the answer is kept for the next time; None keeps none.
    known
        Flat SMILES by id that need not be found.
    """
    given = known or {}
    if all(given.get(row.id) for row in rows):
        return tuple(given[row.id] for row in rows)
    path = cache / f"ligands-{_key(rows, given)}.json" if cache is not None else None
    if path is not None and path.exists():
        return tuple(json.loads(path.read_text(encoding="utf-8")))
    found = [given.get(row.id, "") for row in rows]
    of_file: defaultdict[Path, dict[int, list[int]]] = defaultdict(dict)
    for index, row in enumerate(rows):
        if found[index]:
            continue
        with contextlib.suppress(InputError):
            found[index] = flat_smiles_of_text(row.smiles) if row.smiles else ""
        if not found[index]:
            of_file[row.ligand].setdefault(row.record, []).append(index)
    for ligand_file, wanted in of_file.items():
        for record, text in _from_file(ligand_file, sorted(wanted)).items():
            for index in wanted[record]:
                found[index] = text
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.partial")
        partial.write_text(json.dumps(found), encoding="utf-8")
        partial.replace(path)
    return tuple(found)


def _from_file(path: Path, records: Sequence[int]) -> dict[int, str]:
    try:
        return {
            item.source.record: flat_smiles(item.mol)
            for item in read_ligands(path, records=records)
            if not isinstance(item, LigandFailure)
        }
    except InputError:
        return {}  # building its graph says what is wrong with the file


def _key(rows: Sequence[ManifestRow], given: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for row in rows:
        ligand = given.get(row.id) or row.smiles
        ligand = ligand or f"{row.ligand.resolve()} {_stamp(row.ligand)} {row.record}"
        digest.update(f"{row.id}\t{ligand}\n".encode())
    package = Path(str(files("molattn")))
    for path in sorted(path for pattern in _SOURCES for path in package.glob(pattern)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _stamp(path: Path) -> str:
    """Return size and time of change: enough to notice a file that was written again."""
    try:
        state = path.stat()
    except OSError:
        return "missing"
    return f"{state.st_size} {state.st_mtime_ns}"
