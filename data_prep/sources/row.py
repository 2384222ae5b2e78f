"""One row of a source: a ligand, a protein and what was measured, before anything is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from data_prep.shards import Outcome
from molattn.train.affinity import Affinity


@dataclass(frozen=True, slots=True)
class SourceRow:
    """What a source says of one complex.

    Attributes
    ----------
    protein
        Absolute path, "" where there is none.
    ligands
        Absolute paths of the same ligand in several files; the first that can be read is taken.
    record
        0-based record in the ligand file, None where the source names none.
    affinity
        None where nothing was measured.
    template
        Posed ligand on which one without a pose can be placed, "" where there is none.
    series
        What the row is compared within: an assay, a series of compounds, a target.
    remark
        What was put right while reading the source, "" for nothing.
    columns
        Everything else that the source holds and that is carried through.
    """

    id: str
    protein: str = ""
    ligands: tuple[str, ...] = ()
    record: int | None = None
    affinity: Affinity | None = None
    template: str = ""
    smiles: str = ""
    sequence: str = ""
    series: str = ""
    year: str = ""
    resolution: str = ""
    ligand_code: str = ""
    remark: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the row as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> SourceRow:
        """Return the row of JSON values."""
        affinity = values["affinity"]
        return cls(
            **{
                **values,
                "ligands": tuple(values["ligands"]),
                "affinity": None if affinity is None else Affinity(**affinity),
            }
        )


@dataclass(frozen=True, slots=True)
class SourceRead:
    """Everything read from a source: rows, and records that gave none, with the reason."""

    kind: str
    rows: tuple[SourceRow, ...]
    dropped: tuple[Outcome, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How a source is to be read.

    Attributes
    ----------
    structures
        Folder of structures, or a CSV with target, protein, template, sequence.
    join
        Further tables whose columns fill those that the source lacks.
    on
        Column by which tables are joined; found by itself if None.
    columns
        Name of a column of the index → its name in the source.
    ligand_only
        Keep rows without a protein.
    limit
        Most rows, for a trial.
    unpack
        Folder into which archives are unpacked.
    """

    structures: Path | None = None
    join: tuple[Path, ...] = ()
    on: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    ligand_only: bool = False
    limit: int | None = None
    unpack: Path = Path("structures")
