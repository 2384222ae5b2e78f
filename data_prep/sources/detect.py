"""What kind of source a path is, and its rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from data_prep.sources.activities import read_bindingdb, read_chembl
from data_prep.sources.archive import is_archive
from data_prep.sources.compounds import read_compounds, target_column
from data_prep.sources.known_columns import plain_name, recognise
from data_prep.sources.paths_table import read_paths_table
from data_prep.sources.pdbbind import find_index, read_pdbbind
from data_prep.sources.pdbbind_index import is_pdbbind_index
from data_prep.sources.row import SourceOptions, SourceRead
from data_prep.sources.table_file import read_header
from molattn.errors import FileUnreadable

_TABLES: Final = ("index.csv", "index.csv.gz", "ligands.csv", "ligands.csv.gz")

READERS: Final[dict[str, Callable[[Path, SourceOptions], SourceRead]]] = {
    "pdbbind": read_pdbbind,
    "bindingdb": read_bindingdb,
    "chembl": read_chembl,
    "compounds": read_compounds,
    "csv": read_paths_table,
}


def read_source(source: Path, kind: str, options: SourceOptions) -> SourceRead:
    """Read a source of a kind, or of the kind that it looks like (``auto``).

    Raises
    ------
    InputError
        It cannot be read.
    UsageError
        The options do not suit it.
    """
    if not source.exists():
        raise FileUnreadable(f"{source} does not exist; check the path.")
    if kind == "auto":
        source, kind = detect(source, options)
    elif kind != "pdbbind" and source.is_dir():
        source = _table_in(source)
    return READERS[kind](source, options)


def detect(source: Path, options: SourceOptions) -> tuple[Path, str]:
    """Return the file or folder to read and the kind that it looks like."""
    if is_archive(source):
        return source, "pdbbind"
    if source.is_dir():
        table = next((source / name for name in _TABLES if (source / name).is_file()), None)
        index = find_index(source)
        if table is None or (index is not None and is_pdbbind_index(index)):
            return source, "pdbbind"
        kind = _kind_of_table(table, options)
        return (source, kind) if kind == "pdbbind" else (table, kind)
    if is_pdbbind_index(source):
        return source, "pdbbind"
    return source, _kind_of_table(source, options)


def _kind_of_table(path: Path, options: SourceOptions) -> str:
    header = read_header(path)
    plain = {plain_name(name) for name in header}
    if any(name.startswith("bindingdb") for name in plain):
        return "bindingdb"
    columns = recognise(header, options.columns)
    if "protein" in columns.names or options.ligand_only:
        return "csv"
    if {"molecule_chembl_id", "standard_value"} & plain:
        return "chembl"
    if "smiles" in columns.names and options.structures is not None and target_column(header):
        return "compounds"
    labelled = columns.has_affinity or options.structures is not None
    return "pdbbind" if "id" in columns.names and labelled else "csv"


def _table_in(folder: Path) -> Path:
    for name in _TABLES:
        if (folder / name).is_file():
            return folder / name
    raise FileUnreadable(f"{folder} holds none of {', '.join(_TABLES)}; name the table itself.")
