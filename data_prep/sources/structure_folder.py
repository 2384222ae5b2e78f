"""Folders of structures by name: proteins, pockets, ligands and templates of one id."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from data_prep.sources.table_file import iterate_rows
from molattn.errors import FileUnreadable
from molattn.structure.source import name_format

_DEPTH: Final = 3  # folders between the root and a file
_ROLES: Final = ("protein", "receptor", "pocket", "ligand", "template", "native")
_NAME: Final = re.compile(rf"^(?P<id>.+?)[_-](?P<role>{'|'.join(_ROLES)})$", re.I)
_RANK: Final = {"mol2": 0, "sdf": 1}


@dataclass(slots=True)
class StructureFiles:
    """The files of one id, as they are found.

    Attributes
    ----------
    protein, pocket, template
        Paths, "" where there is none.
    ligands
        MOL2 before SDF: the SDF files of PDBbind hold bond orders that readers take wrongly.
    sequence
        Where a table gives it.
    """

    protein: str = ""
    pocket: str = ""
    template: str = ""
    sequence: str = ""
    ligands: list[str] = field(default_factory=list)


def structures_by_id(source: Path) -> dict[str, StructureFiles]:
    """Find structures in a folder, up to three levels deep, or in a table that lists them.

    Names such as ``1abc_protein.pdb``, ``1abc_pocket.pdb``, ``1abc_ligand.mol2`` and
    ``1abc_ligand.sdf``, and ``protein.pdb.gz``, ``ligand.sdf.gz`` or ``template.sdf`` in a folder
    ``1abc``, belong to the id ``1abc``; so does ``1abc.pdb`` alone. A table has the columns
    ``target`` and ``protein``, and perhaps ``template`` and ``sequence``; its paths are relative
    to it.

    Returns
    -------
    dict
        By id in lower case.

    Raises
    ------
    FileUnreadable
        There is no such folder or table, or it names no structure.
    """
    source = source.absolute()
    if source.is_file():
        found = _from_table(source)
    elif source.is_dir():
        found = _from_folder(source)
    else:
        raise FileUnreadable(f"{source} does not exist; name a folder of structures or a table.")
    if not found:
        raise FileUnreadable(
            f"{source} holds no structure named like 1abc_protein.pdb, 1abc_ligand.mol2 or "
            "1abc.pdb; check the folder."
        )
    return found


def _from_table(source: Path) -> dict[str, StructureFiles]:
    found: dict[str, StructureFiles] = {}
    for row in iterate_rows(source):
        target = row.get("target", "") or row.get("id", "")
        if not target or not row.get("protein"):
            raise FileUnreadable(f"{source} must fill the columns target and protein in every row.")
        found[target.lower()] = StructureFiles(
            protein=str(source.parent / row["protein"]),
            template=_beside(source, row.get("template", "")),
            sequence=row.get("sequence", ""),
        )
    return found


def _beside(table: Path, name: str) -> str:
    return str(table.parent / name) if name else ""


def _from_folder(root: Path) -> dict[str, StructureFiles]:
    found: dict[str, StructureFiles] = {}
    for path in _files(root, _DEPTH):
        kind = name_format(path)
        stem = path.name.split(".")[0]
        match = _NAME.match(stem)
        if match is not None:
            identity, role = match["id"], match["role"].lower()
        elif stem.lower() in _ROLES:
            identity, role = path.parent.name, stem.lower()
        else:
            identity, role = stem, "protein" if kind in ("pdb", "mmcif") else ""
        if role:
            _add(found.setdefault(identity.lower(), StructureFiles()), role, kind, str(path))
    for files in found.values():
        files.ligands.sort(key=lambda name: (_RANK.get(name_format(name), 2), name))
        files.template = files.template or (files.ligands[0] if files.ligands else "")
    return found


def _add(files: StructureFiles, role: str, kind: str, path: str) -> None:
    if role in ("protein", "receptor") and kind in ("pdb", "mmcif"):
        files.protein = files.protein or path
    elif role == "pocket" and kind in ("pdb", "mmcif"):
        files.pocket = files.pocket or path
    elif role in ("ligand", "native") and kind in _RANK:
        files.ligands.append(path)
    elif role == "template" and kind in _RANK:
        files.template = path


def _files(folder: Path, depth: int) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            if depth:
                yield from _files(path, depth - 1)
        elif name_format(path) in ("pdb", "mmcif", "sdf", "mol2"):
            yield path
