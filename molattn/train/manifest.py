"""The manifest: a CSV with one complex a row, read into records."""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from molattn.errors import ConfigError, FileUnreadable, InputError
from molattn.structure.source import read_text
from molattn.train.config import DataConfig

_GROUP_COLUMNS: Final = ("group", "series")


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """One complex of the manifest.

    Attributes
    ----------
    protein, ligand
        Files, absolute or relative to the working folder.
    pK
        Measured affinity, ``nan`` where there is none.
    sequence
        One-letter sequence of the protein, "" where the manifest has none.
    columns
        The row as it stood.
    record
        Record within the ligand file, counted from 0.
    group
        Congeneric series or another group within which labels are compared, "" for none.
    smiles
        The ligand as SMILES, "" where the manifest has none.
    """

    id: str
    protein: Path
    ligand: Path
    pK: float
    sequence: str
    columns: Mapping[str, str] = field(repr=False)
    record: int = 0
    group: str = ""
    smiles: str = ""

    @property
    def labelled(self) -> bool:
        """Whether the affinity was measured."""
        return math.isfinite(self.pK)


def read_manifest(config: DataConfig, *, need_labels: bool = True) -> tuple[ManifestRow, ...]:
    """Read the rows of a manifest that take part, in the order of the file.

    Parameters
    ----------
    config
        Names the file, its columns and its filters.
    need_labels
        Whether a manifest without the column of labels is refused, or has none.

    Raises
    ------
    FileUnreadable
        The file is missing or not a CSV.
    ConfigError
        A column named in the configuration is not in the file.
    InputError
        A row has no id, two have the same, a label or a record is no number, or no row is left.
    """
    rows = _read_csv(config.manifest)
    _require_columns(config, rows[0] if rows else {}, need_labels)
    root = config.root if config.root is not None else config.manifest.parent
    kept = [row for row in rows if not _matches(row, config.drop)]
    records = tuple(_record(row, config, root) for row in kept)[: config.limit]
    if not records:
        raise InputError(f"{config.manifest}: no row is left after data.drop; loosen the filters.")
    seen: set[str] = set()
    for place, record in enumerate(records, start=1):
        if not record.id:
            raise InputError(f"{config.manifest}: row {place} has no id; give it one.")
        if record.id in seen:
            raise InputError(
                f"{config.manifest}: the id {record.id} stands in two rows; make ids unique."
            )
        seen.add(record.id)
    return records


def manifest_hash(rows: tuple[ManifestRow, ...]) -> str:
    """Return the SHA-256 of ids, labels, sequences, file names and records, in order."""
    digest = hashlib.sha256()
    for row in rows:
        label = repr(row.pK) if row.labelled else ""
        ligand = f"{row.ligand.name}:{row.record}" if row.record else row.ligand.name
        line = "\t".join((row.id, row.protein.name, ligand, label, row.sequence))
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def _read_csv(path: Path) -> list[dict[str, str]]:
    text = read_text(path)
    try:
        return [
            {key: value or "" for key, value in row.items() if key is not None}
            for row in csv.DictReader(io.StringIO(text, newline=""))
        ]
    except csv.Error as error:
        raise FileUnreadable(f"{path} cannot be read as a CSV manifest: {error}.") from error


def _require_columns(config: DataConfig, row: Mapping[str, str], need_labels: bool) -> None:
    wanted = {
        config.id_column,
        config.protein_column,
        config.ligand_column,
        *config.drop,
        *config.drop_labels,
    }
    if need_labels:
        wanted.add(config.label_column)
    missing = sorted(wanted - set(row))
    if missing:
        present = ", ".join(row) or "none"
        raise ConfigError(
            f"{config.manifest} has no column {', '.join(missing)}; its columns are {present}."
        )


def _matches(row: Mapping[str, str], values: Mapping[str, tuple[str, ...]]) -> bool:
    return any(row[column].strip() in cells for column, cells in values.items())


def _record(row: Mapping[str, str], config: DataConfig, root: Path) -> ManifestRow:
    identity = row[config.id_column].strip()
    cell = row.get(config.label_column, "").strip()
    try:
        label = float(cell) if cell else math.nan
    except ValueError:
        raise InputError(
            f"{config.manifest}: {config.label_column} of {identity} is {cell!r}, not a number."
        ) from None
    if _matches(row, config.drop_labels):
        label = math.nan
    group_column = config.group_column or next((c for c in _GROUP_COLUMNS if c in row), "")
    return ManifestRow(
        id=identity,
        protein=root / row[config.protein_column].strip(),
        ligand=root / row[config.ligand_column].strip(),
        pK=label,
        sequence=row.get(config.sequence_column, "").strip().upper(),
        columns=row,
        record=_record_number(row.get(config.record_column, ""), identity, config),
        group=row.get(group_column, "").strip(),
        smiles=row.get(config.smiles_column, "").strip(),
    )


def _record_number(cell: str, identity: str, config: DataConfig) -> int:
    try:
        number = float(cell) if cell.strip() else 0.0
        if number < 0 or number != int(number):
            raise ValueError
    except (ValueError, OverflowError):
        raise InputError(
            f"{config.manifest}: {config.record_column} of {identity} is {cell!r}; "
            "give a whole number, counted from 0."
        ) from None
    return int(number)
