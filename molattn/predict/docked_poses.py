"""The requests of docked poses: numbered within their ligand, their scores carried along."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from rdkit.Chem import rdMolHash

from molattn.errors import InputError, UsageError
from molattn.predict.request import Request
from molattn.predict.score_record import SCORE_COLUMNS
from molattn.predict.structure_requests import structure_requests
from molattn.structure import Ligand
from molattn.structure.pdbqt import pdbqt_records, pdbqt_tags
from molattn.structure.sdf import data_fields, sdf_records
from molattn.structure.source import iterate_lines, name_format
from molattn.structure.template_bonds import template_from_smiles

POSE: Final = "pose"
"""Column: number of the pose within its ligand and file, from 1."""

_TAKEN: Final = frozenset((*SCORE_COLUMNS, POSE))
_PREFIX: Final = "docking_"


@dataclass(frozen=True, slots=True)
class DockedPoses:
    """Poses of docking programs, to be scored.

    Attributes
    ----------
    requests
        One for each pose; files are read while they are taken.
    columns
        Columns carried through: `POSE`, then the tags of all poses.
    ligands
        For each request taken so far, which ligand it is a pose of, counted from 0.
    """

    requests: Iterator[Request]
    columns: tuple[str, ...]
    ligands: Sequence[int]


def docked_poses(receptor: str, paths: Sequence[str], template: str = "") -> DockedPoses:
    """Return a request for each pose of the output of docking programs.

    A ligand is what has one title (one file, where there is none) and one set of atoms and
    connections. A pose that cannot be read counts as one of the ligand before it.

    Parameters
    ----------
    receptor
        Structure file.
    paths
        SDF, MOL2, PDBQT or docking logs (.dlg), plain or gzipped. They are read twice: the names
        of all tags first.
    template
        SMILES that gives the bond orders of PDBQT poses without a SMILES of their own.

    Raises
    ------
    InputError
        If the receptor cannot be read, none of the files can, or the template is no SMILES.
    UsageError
        If no file is named, or one is a pipe.
    """
    if not paths:
        raise UsageError("No poses are named: give the files that the docking wrote.")
    if template:
        template_from_smiles(template)
    for path in paths:
        _refuse_pipe(path)
    requests = structure_requests(receptor, paths, template=template)
    columns = column_names(name for path in paths for name in _tags_of_file(path))
    ligands: list[int] = []
    numbered = _numbered(requests, columns, ligands)
    return DockedPoses(numbered, (POSE, *columns.values()), ligands)


def column_names(tags: Iterable[str]) -> dict[str, str]:
    """Return the column of each tag, in order of first appearance.

    A tag that is called like a column of a score table gets ``docking_`` before its name.
    """
    found = dict.fromkeys(tags)
    taken = set(_TAKEN)
    columns: dict[str, str] = {}
    for tag in found:
        column = tag
        while column in taken or (column in found and column != tag):
            column = _PREFIX + column
        taken.add(column)
        columns[tag] = column
    return columns


def _refuse_pipe(path: str) -> None:
    with suppress(OSError):
        if stat.S_ISFIFO(Path(path).stat().st_mode):
            raise UsageError(f"{path} is a pipe and poses are read twice; write them to a file.")


def _tags_of_file(path: str) -> Iterator[str]:
    """Yield the names of the tags of all records; what cannot be read is reported when scoring."""
    held = name_format(path)
    split: Callable[[Iterable[str]], Iterator[str]] = sdf_records
    tags: Callable[[str], Mapping[str, str]] = _sdf_tags
    if held == "mol2":
        return
    if held == "pdbqt":
        split, tags = pdbqt_records, pdbqt_tags
    with suppress(InputError), closing(iterate_lines(path)) as lines:
        for text in split(lines):
            yield from tags(text)


def _sdf_tags(text: str) -> dict[str, str]:
    return data_fields(text.split("\n")[4:])


def _numbered(
    requests: Iterable[Request], columns: Mapping[str, str], ligands: list[int]
) -> Iterator[Request]:
    known: dict[_Key, int] = {}
    file = _FileOfPoses("")
    for request in requests:
        path = request.ligand_name
        if path != file.path:
            file = _FileOfPoses(path)
        if request.problem:  # of the file as a whole
            ligands.append(known.setdefault(_Key(path, ""), len(known)))
            yield request
            continue
        key, number = file.place(request)
        identifier = key.title or file.identifier(key)
        owner = _Key(key.title or path, key.molecule)
        ligands.append(known.setdefault(owner, len(known)))
        tags = request.ligand.tags if isinstance(request.ligand, Ligand) else {}
        carried = {columns[tag]: value for tag, value in tags.items() if tag in columns}
        yield replace(request, id=identifier, carried={POSE: number, **carried})


@dataclass(frozen=True, slots=True)
class _Key:
    """What poses of one ligand share."""

    title: str  # "" where the record has none
    molecule: str  # elements and connections; "" where the record cannot be read


@dataclass(slots=True)
class _FileOfPoses:
    """The ligands of one file as they are met, and how many poses each has had."""

    path: str
    poses: dict[_Key, int] = field(default_factory=dict)
    untitled: dict[str, int] = field(default_factory=dict)
    before: _Key | None = None

    def place(self, request: Request) -> tuple[_Key, int]:
        """Return which ligand a record is a pose of, and the number of the pose."""
        key = self._key(request)
        unread = _Key(key.title, "")
        # poses that came first and could not be read are of the ligand that follows them
        count = self.poses.get(key) or self.poses.pop(unread, 0)
        self.poses[key] = count + 1
        self.before = key
        return key, count + 1

    def identifier(self, key: _Key) -> str:
        """Return the name of a ligand without a title: the file's, numbered from the second."""
        number = 0
        if key.molecule:
            number = self.untitled.setdefault(key.molecule, len(self.untitled))
        stem = Path(self.path).name.split(".")[0]
        return stem if number == 0 else f"{stem}_{number}"

    def _key(self, request: Request) -> _Key:
        item = request.ligand
        title = str(getattr(item, "name", ""))
        if request.record is not None and title == f"record {request.record + 1}":
            title = ""
        if isinstance(item, Ligand):
            graph = rdMolHash.HashFunction.ElementGraph
            return _Key(title, str(rdMolHash.MolHash(item.mol, graph)))
        if self.before is not None and self.before.title == title:
            return self.before
        return _Key(title, "")
