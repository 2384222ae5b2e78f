"""Reading what requests name: a protein once for many rows, a ligand file once for a chunk."""

from __future__ import annotations

import os
import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeGuard

from rdkit import Chem

from molattn.errors import InputError, LigandUnreadable, UsageError
from molattn.predict.request import Request
from molattn.structure import (
    Ligand,
    LigandFailure,
    Note,
    Protein,
    ligand_from_complex,
    ligand_from_mol,
    read_ligands,
    read_protein,
)

PROTEINS_KEPT: Final = 4
_CODE = re.compile(r"[A-Za-z0-9]{1,5}(:[^:]*(:-?\d+[A-Za-z]?)?)?")
_MORE_RECORDS = Note(
    "warning",
    "first-record-taken",
    "The ligand file holds more than one record and none was named: record 0 was scored.",
)


FileState = tuple[str, int, int]
"""Path, size in bytes and time of change in ns; zeros where the file cannot be looked at."""


def file_state(path: str) -> FileState:
    """Return what tells one content of a path from another."""
    try:
        found = Path(path).stat()
    except OSError:
        return path, 0, 0
    return path, found.st_size, found.st_mtime_ns


@dataclass(slots=True)
class Sources:
    """Files already read. One of these lives as long as a run, in each process.

    Attributes
    ----------
    proteins
        The last few proteins (or the error that reading them gave), by path, size and time, so
        that a file written anew is read anew.
    ligands
        Records of the ligand files of the requests at hand, by path and record.
    """

    proteins: OrderedDict[FileState, Protein | InputError] = field(default_factory=OrderedDict)
    ligands: dict[tuple[str, int], Ligand | LigandFailure] = field(default_factory=dict)
    _wanted: dict[str, set[int]] = field(default_factory=dict)
    _errors: dict[str, InputError] = field(default_factory=dict)

    def expect(self, requests: Iterable[Request]) -> None:
        """Note which records will be asked for, so that each file is read once."""
        self.ligands.clear()
        self._errors.clear()
        self._wanted.clear()
        for request in requests:
            if is_path(request.ligand):
                wanted = self._wanted.setdefault(os.fspath(request.ligand), set())
                wanted.update((0, 1) if request.record is None else (request.record,))

    def protein(self, source: str | os.PathLike[str] | Protein | Any) -> Protein:
        """Return the protein of a path or an object.

        Raises
        ------
        FileUnreadable, StructureUnreadable
            As `read_protein` does, again for every request that names the file.
        """
        if isinstance(source, Protein):
            return source
        if not is_path(source):
            return read_protein(source)
        key = file_state(os.fspath(source))
        if key not in self.proteins:
            try:
                self.proteins[key] = read_protein(key[0])
            except InputError as error:
                self.proteins[key] = error
            if len(self.proteins) > PROTEINS_KEPT:
                self.proteins.popitem(last=False)
        self.proteins.move_to_end(key)
        found = self.proteins[key]
        if isinstance(found, InputError):
            raise found
        return found

    def ligand(self, request: Request) -> tuple[Ligand, tuple[Note, ...]]:
        """Return the ligand of a request, and what is to be said about the choice of record.

        Raises
        ------
        FileUnreadable, LigandUnreadable
            If there is none.
        UsageError
            If the ligand is a SMILES or something that is no ligand at all.
        """
        source = request.ligand
        if source is None:
            return self._from_complex(request, request.code), ()
        if isinstance(source, Ligand):
            return source, ()
        if isinstance(source, LigandFailure):
            raise LigandUnreadable(source.reason)
        if isinstance(source, Chem.Mol):
            return ligand_from_mol(source), ()
        if not is_path(source):
            raise UsageError(
                f"A ligand is a path, an RDKit molecule or a Ligand, not a {type(source).__name__}."
            )
        text = os.fspath(source)
        if not Path(text).exists() and not Path(text).suffix:
            if _CODE.fullmatch(text):
                return self._from_complex(request, text), ()
            _refuse_smiles(text)
        return self._from_file(text, request.record)

    def _from_complex(self, request: Request, code: str) -> Ligand:
        if isinstance(request.protein, Protein):
            raise UsageError(
                f"The ligand {code} is taken out of a file or a gemmi structure; a Protein does "
                "not hold it."
            )
        return ligand_from_complex(request.protein, code, template=request.template or None)

    def _from_file(self, path: str, record: int | None) -> tuple[Ligand, tuple[Note, ...]]:
        number = 0 if record is None else record
        if (path, number) not in self.ligands:
            self._read(path, number)
        if path in self._errors:
            raise self._errors[path]
        found = self.ligands.get((path, number))
        if found is None:
            raise LigandUnreadable(
                f"{path} has no record {number} (records count from 0); name another."
            )
        if isinstance(found, LigandFailure):
            raise LigandUnreadable(found.reason)
        more = record is None and (path, 1) in self.ligands
        return found, (_MORE_RECORDS,) if more else ()

    def _read(self, path: str, number: int) -> None:
        wanted = self._wanted.pop(path, set()) | {number}
        if path in self._errors:
            return
        try:
            for item in read_ligands(path, records=wanted):
                self.ligands[path, item.source.record] = item
        except InputError as error:
            self._errors[path] = error


def is_path(source: object) -> TypeGuard[str | os.PathLike[str]]:
    """Return whether a source names a file rather than being an object."""
    return isinstance(source, str | os.PathLike)


def _refuse_smiles(text: str) -> None:
    # a name that parses as a molecule and leads to no file is a drawing, not a pose
    if len(text) > 1 and Chem.MolFromSmiles(text, sanitize=False) is not None:
        raise UsageError(
            f"{text} is a SMILES without a pose and this command scores given poses; "
            "`molattn screen --pose place` places it in the pocket first."
        )
