"""The manifest: a CSV with one complex a row, read into records."""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from molattn.errors import ConfigError, FileUnreadable, InputError
from molattn.structure.source import read_text
from molattn.train.config import TrainConfig
from molattn.train.manifest_config import ManifestConfig, SourceConfig

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
    source
        Name of the source that the row comes from, "" for the manifest that the run is about.
    rmsd
        Å of the pose from the crystal pose; 0 for a crystal pose, ``nan`` where it is not known.
    complex
        What the row is a pose of; its id unless the source says otherwise.
    answered
        Whether it is answered where it is held out; else it teaches only.
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
    source: str = ""
    rmsd: float = 0.0
    complex: str = ""
    answered: bool = True

    @property
    def labelled(self) -> bool:
        """Whether the affinity was measured."""
        return math.isfinite(self.pK)


def read_rows(config: TrainConfig) -> tuple[ManifestRow, ...]:
    """Read the rows of a run: those of its manifest, then those of every further source.

    Ids of a further source get its name before them: ``docked:1a4h-7``.

    Raises
    ------
    FileUnreadable, ConfigError, InputError
        As :func:`read_manifest`.
    """
    rows = list(read_manifest(config.data))
    for name, source in config.sources.items():
        found = read_manifest(source, need_labels=source.rmsd_column is None)
        rows += [_of_source(row, name, source) for row in found]
    return tuple(rows)


def read_manifest(config: ManifestConfig, *, need_labels: bool = True) -> tuple[ManifestRow, ...]:
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
    kept = [
        row
        for row in rows
        if not _matches(row, config.drop) and not _exceeds(row, config.drop_above)
    ]
    if config.sequences is not None:
        _join_sequences(kept, config)
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


def _require_columns(config: ManifestConfig, row: Mapping[str, str], need_labels: bool) -> None:
    wanted = {
        config.id_column,
        config.protein_column,
        config.ligand_column,
        *config.drop,
        *config.drop_above,
        *config.drop_labels,
    }
    if isinstance(config, SourceConfig):
        wanted |= {one for one in (config.rmsd_column, config.complex_column) if one}
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


def _exceeds(row: Mapping[str, str], bounds: Mapping[str, float]) -> bool:
    return any(row[column].strip() and float(row[column]) > bounds[column] for column in bounds)


def _join_sequences(rows: list[dict[str, str]], config: ManifestConfig) -> None:
    """Give rows the sequence that the table of sequences has under their key."""
    assert config.sequences is not None
    key, column = config.sequences_key, config.sequence_column
    table = _read_csv(config.sequences)
    for where, first in ((config.sequences, table[:1]), (config.manifest, rows[:1])):
        if first and key not in first[0]:
            raise ConfigError(f"{where} has no column {key}, on which sequences are joined.")
    known = {row[key].strip(): row.get(column, "") for row in table}
    for row in rows:
        row[column] = row.get(column) or known.get(row[key].strip(), "")


def _of_source(row: ManifestRow, name: str, source: SourceConfig) -> ManifestRow:
    """Return a row as one of a further source."""
    identity = f"{name}:{row.id}"
    pose_of = row.columns[source.complex_column].strip() if source.complex_column else ""
    rmsd = math.nan
    if source.rmsd_column:
        cell = row.columns[source.rmsd_column].strip()
        try:
            rmsd = float(cell) if cell else math.nan
        except ValueError:
            raise InputError(
                f"{source.manifest}: {source.rmsd_column} of {row.id} is {cell!r}, not a number."
            ) from None
    group = f"{name}:{row.group}" if row.group else ""
    return replace(
        row,
        id=identity,
        source=name,
        rmsd=rmsd,
        group=group,
        complex=pose_of or identity,
        answered=source.answered,
    )


def _record(row: Mapping[str, str], config: ManifestConfig, root: Path) -> ManifestRow:
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
        complex=identity,
    )


def _record_number(cell: str, identity: str, config: ManifestConfig) -> int:
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
