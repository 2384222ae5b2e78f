"""The part of a recipe that says which complexes are trained on, and where they are."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, field_validator

from molattn.train.section import Section


class ManifestConfig(Section):
    """A manifest of complexes and which of them take part.

    Attributes
    ----------
    manifest
        CSV with one complex a row; paths in it are relative to ``root``.
    root
        Folder of the files; the manifest's own folder if not given.
    drop
        Column → values; a row with one of the values is left out. An empty cell is ``""``.
    drop_above
        Column → number; a row with a larger number is left out.
    drop_labels
        Column → values; a row with one of the values keeps its pose and loses its pK.
    record_column
        Record within the ligand file, counted from 0; without the column it is the first.
    group_column
        Congeneric series; ``group`` or else ``series`` if not given.
    smiles_column
        The ligand as SMILES, to compare ligands without reading their files.
    sequences
        CSV with sequences for a manifest that has none, joined on ``sequences_key``.
    """

    manifest: Path
    root: Path | None = None
    id_column: str = "id"
    protein_column: str = "protein"
    ligand_column: str = "ligand"
    label_column: str = "pK"
    sequence_column: str = "sequence"
    record_column: str = "record"
    group_column: str | None = None
    smiles_column: str = "smiles"
    sequences: Path | None = None
    sequences_key: str = "protein"
    drop: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    drop_above: dict[str, float] = Field(default_factory=dict)
    drop_labels: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    limit: int | None = Field(default=None, ge=1)

    @field_validator("drop", "drop_labels", mode="before")
    @classmethod
    def _values_as_text(cls, value: object) -> object:
        """Let ``metal_site: 2`` and ``metal_site: ["2"]`` mean the same."""
        if not isinstance(value, dict):
            return value
        return {
            str(column): tuple(
                str(one) for one in (cells if isinstance(cells, (list, tuple)) else (cells,))
            )
            for column, cells in value.items()
        }


class DataConfig(ManifestConfig):
    """The complexes that a run is about, and where their graphs are kept.

    Attributes
    ----------
    packed
        Take the graphs from this file (see ``data_prep/pack.py``) instead of building them; the
        structure files are then not needed, and the moved poses are those of the file.
    cache
        Folder for built graphs.
    workers
        Processes that build graphs.
    """

    packed: Path | None = None
    cache: Path = Path("cache")
    workers: int = Field(default=2, ge=1)


class SourceConfig(ManifestConfig):
    """Further complexes that are trained on beside those of ``data``.

    Attributes
    ----------
    weight
        Of a row in the affinity loss; a row of ``data`` has 1. Less for noisier poses or labels.
    drawn
        Share of the rows that an epoch sees; 0 for a source that is answered and not trained on.
    together
        Rows of one group, or poses of one complex, that come into the same step to be compared.
    rmsd_column
        Å of each row's pose from the crystal pose, for sets of docked poses; such rows teach the
        pose heads. Without it nothing is said of whether the poses are right.
    complex_column
        Complex that a docked pose belongs to.
    answered
        Whether its rows are answered where they are held out, for figures and for calibration, and
        count when folds are dealt. Poses that were chosen to be hard teach only.
    """

    weight: float = Field(default=0.4, ge=0.0)
    drawn: float = Field(default=1.0, ge=0.0, le=1.0)
    together: int = Field(default=4, ge=1)
    rmsd_column: str | None = None
    complex_column: str | None = None
    answered: bool = True
