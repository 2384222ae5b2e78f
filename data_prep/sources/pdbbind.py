"""PDBbind and its like: an index of affinities by PDB id, and a folder of structures by id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from data_prep.shards import Outcome
from data_prep.sources.archive import is_archive, unpack, unpacked
from data_prep.sources.known_columns import recognise, row_affinities
from data_prep.sources.paths_table import labelled_rows
from data_prep.sources.pdbbind_index import IndexLine, is_pdbbind_index, read_pdbbind_index
from data_prep.sources.row import SourceOptions, SourceRead, SourceRow
from data_prep.sources.structure_folder import StructureFiles, structures_by_id
from data_prep.sources.table_file import iterate_rows, read_header
from molattn.errors import FileUnreadable, InputError
from molattn.train.affinity import Affinity, Refusal

_INDEX_ORDER: Final = ("general_pl_data", "general_pl", "refined_data", "refined", "core_data", "")

Label = tuple[SourceRow, list[Affinity | Refusal]]


def read_pdbbind(source: Path, options: SourceOptions) -> SourceRead:
    """Read a folder laid out as PDBbind is, an archive of it, or an index beside such a folder.

    The whole protein is taken before the pocket, the MOL2 of the ligand before the SDF.
    Structures without a label stay, without a pK; labels without structures are dropped.

    Raises
    ------
    FileUnreadable
        Files are missing or damaged.
    InputError
        There is neither an index nor a structure.
    """
    labels = _index_of(source)
    structures = _structures(source, options)
    if labels is None and not structures:
        raise InputError(f"{source} holds no index and no structures; name one of them.")
    rows: list[SourceRow] = []
    dropped: list[Outcome] = []
    labelled: set[str] = set()
    for label in _labels(labels, options) if labels is not None else ():
        if isinstance(label, Outcome):
            dropped.append(label)
            continue
        if options.limit is not None and len(labelled) >= options.limit:
            break
        row, affinities = label
        labelled.add(row.id.lower())
        made = _placed(row, structures.get(row.id.lower()))
        if isinstance(made, Outcome):
            dropped.append(made)
            continue
        more, lost = labelled_rows(made, affinities)
        rows += more
        dropped += lost
    for identity in sorted(structures.keys() - labelled) if options.limit is None else ():
        made = _placed(SourceRow(identity), structures[identity])
        if isinstance(made, Outcome):
            dropped.append(made)
        else:
            rows.append(made)
    return SourceRead("pdbbind", tuple(rows), tuple(dropped))


def find_index(folder: Path) -> Path | None:
    """Return the index of a folder laid out as PDBbind is: the most complete INDEX, else a CSV."""
    candidates = [
        path
        for pattern in ("INDEX*", "*/INDEX*")
        for path in sorted(folder.glob(pattern))
        if path.is_file() and is_pdbbind_index(path)
    ]
    for part in _INDEX_ORDER:
        for path in candidates:
            if part in path.name.lower():
                return path
    for name in ("index.csv", "labels.csv", "labels.csv.gz", "index.tsv"):
        if (folder / name).is_file():
            return folder / name
    return None


def _index_of(source: Path) -> Path | None:
    if source.is_dir():
        return find_index(source)
    return find_index(source.parent) if is_archive(source) else source


def _structures(source: Path, options: SourceOptions) -> dict[str, StructureFiles]:
    if options.structures is not None:
        return structures_by_id(unpacked(options.structures, options.unpack))
    if source.is_file() and is_archive(source):
        return structures_by_id(unpack(source, options.unpack))
    folders = [source] if source.is_dir() else [source.parent, source.parent.parent]
    for folder in folders:
        for archive in sorted(path for path in folder.iterdir() if is_archive(path)):
            return structures_by_id(unpack(archive, options.unpack))
        try:
            return structures_by_id(folder)
        except FileUnreadable:
            continue
    raise FileUnreadable(
        f"no structures named like 1abc_protein.pdb lie near {source}; name their folder or "
        "archive with --structures."
    )


def _labels(path: Path, options: SourceOptions) -> Iterator[Label | Outcome]:
    if is_pdbbind_index(path):
        for number, line in enumerate(read_pdbbind_index(path), start=1):
            if isinstance(line, Refusal):
                yield Outcome(f"line {number}", "dropped", line.reason, line.detail)
            else:
                yield _of_line(line)
        return
    columns = recognise(read_header(path), options.columns)
    for number, cells in enumerate(iterate_rows(path), start=1):
        row = SourceRow(
            id=columns.cell(cells, "id") or f"row {number}",
            year=columns.cell(cells, "year").removesuffix(".0"),
            resolution=columns.cell(cells, "resolution"),
            ligand_code=columns.cell(cells, "ligand_code"),
            smiles=columns.cell(cells, "smiles"),
            sequence=columns.cell(cells, "sequence").upper(),
            columns=columns.carried(cells),
        )
        yield row, row_affinities(cells, columns)


def _of_line(line: IndexLine) -> Label:
    remark = "pK of the index differs from its affinity" if line.disagrees else ""
    more = {"comment": line.comment, "index_pK": line.disagrees}
    row = SourceRow(
        id=line.id,
        year=line.year,
        resolution=line.resolution,
        ligand_code=line.ligand_code,
        remark=remark,
        columns=more,
    )
    return row, [line.affinity]


def _placed(row: SourceRow, files: StructureFiles | None) -> SourceRow | Outcome:
    """Return a row with its files, or why it has none."""
    if files is None:
        return Outcome(row.id, "dropped", "no structure files of this id")
    if not (files.protein or files.pocket):
        return Outcome(row.id, "dropped", "protein file is missing", f"{row.id}_protein.pdb")
    if not files.ligands:
        missing = f"{row.id}_ligand.mol2 or {row.id}_ligand.sdf"
        return Outcome(row.id, "dropped", "ligand file is missing", missing)
    remark = row.remark
    if not files.protein:
        remark = "protein file is missing, pocket file taken"
    return replace(
        row,
        protein=files.protein or files.pocket,
        ligands=tuple(files.ligands),
        sequence=row.sequence or files.sequence,
        remark=remark,
    )
