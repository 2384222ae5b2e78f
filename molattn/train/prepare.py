"""Everything that a training needs before its first step: graphs, clusters, folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from molattn.errors import InputError, UsageError
from molattn.train.cluster_cache import cached_clusters
from molattn.train.clusters import UNKNOWN, Clusters
from molattn.train.config import TrainConfig
from molattn.train.dataset import Dataset, load_dataset
from molattn.train.ligand_clusters import cluster_ligands
from molattn.train.manifest import ManifestRow, read_rows
from molattn.train.progress import Progress
from molattn.train.row_ligands import row_ligands
from molattn.train.split_file import read_split
from molattn.train.splits import Flags, Split, assign_folds, rows_left_out, split_rows


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """The data of a run.

    Attributes
    ----------
    dataset
        Poses of every complex.
    clusters
        Protein clusters of the manifest's rows.
    folds
        Fold of each row.
    left_out
        [rows, folds] whether a row is left out of the training of a fold.
    """

    dataset: Dataset
    clusters: Clusters
    folds: tuple[int, ...]
    left_out: Flags

    @property
    def fold_count(self) -> int:
        """Number of folds."""
        return int(self.left_out.shape[1])

    @property
    def labelled(self) -> tuple[bool, ...]:
        """Which rows have a measured affinity and a graph."""
        found = {one.row for one in self.dataset.examples if one.labelled}
        return tuple(row in found for row in range(len(self.dataset.rows)))

    def split(self, config: TrainConfig, fold: int | None) -> Split:
        """Divide the rows for one fold, or for a training on everything.

        Raises
        ------
        UsageError
            There is no such fold.
        InputError
            The fold holds out nothing or everything.
        """
        if fold is not None:
            self._require_fold(fold)
        return split_rows(
            self.clusters.names,
            self.labelled,
            [one == fold for one in self.folds],
            validation=config.split.validation,
            seed=config.seed,
            left_out=None if fold is None else self.left_out[:, fold],
        )

    def _require_fold(self, fold: int) -> None:
        if not 0 <= fold < self.fold_count:
            raise UsageError(
                f"Fold {fold} does not exist; the configuration has folds 0 to "
                f"{self.fold_count - 1}."
            )
        held = sum(one == fold for one in self.folds)
        if held in (0, len(self.folds)):
            what = "everything" if held else "nothing"
            raise InputError(
                f"Fold {fold} holds out {what}: {len(self.clusters)} protein clusters make no "
                f"{self.fold_count} folds; give sequences, or a split.file."
            )


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """Clusters and folds of the rows of a manifest; fields as of :class:`Prepared`."""

    clusters: Clusters
    folds: tuple[int, ...]
    left_out: Flags


def prepare(config: TrainConfig, *, quiet: bool = False) -> Prepared:
    """Read the manifest, build or load the graphs, cluster the proteins, deal the folds.

    Raises
    ------
    FileUnreadable, InputError, ConfigError, OutputError
        See :func:`read_rows`, :func:`load_dataset` and :func:`divide`.
    """
    rows = read_rows(config)
    dataset = load_dataset(config, rows, quiet=quiet)
    division = divide(rows, config, known_ligands=dataset.ligands, quiet=quiet)
    return Prepared(dataset, division.clusters, division.folds, division.left_out)


def divide(
    rows: Sequence[ManifestRow],
    config: TrainConfig,
    *,
    known_ligands: Mapping[str, str] | None = None,
    quiet: bool = False,
) -> Division:
    """Cluster the proteins and deal the folds, or take both from the split file.

    Parameters
    ----------
    rows, config
        The manifest and how it is divided.
    known_ligands
        Flat SMILES by id, for ligands whose files are not at hand.
    quiet
        Do not say what is not known.

    Raises
    ------
    FileUnreadable, InputError
        The split file cannot be read, or lacks a row.
    """
    split, cache = config.split, config.data.cache
    ids = [row.id for row in rows]
    if split.file is not None:
        table = read_split(split.file).of_rows(ids)
        return Division(Clusters(table.protein_cluster, (), 0), table.folds, table.left_out)
    clusters = cached_clusters(
        ids,
        [row.sequence for row in rows],
        identity=split.identity,
        coverage=split.coverage,
        cache=cache,
    )
    _say_unknown(clusters, quiet)
    # folds are even in the complexes that the run is about; further sources follow their proteins
    labelled = [row.labelled and not row.source for row in rows]
    folds = assign_folds(
        clusters.names,
        labelled,
        folds=split.folds,
        seed=split.seed,
        counted=[row.answered for row in rows],
    )
    # without a similarity nothing is known to be alike, and nothing is left out
    compare = split.ligand_similarity is not None
    ligands = cluster_ligands(
        ids,
        row_ligands(rows, cache, known_ligands) if compare else [""] * len(rows),
        similarity=split.ligand_similarity or 1.0,
    )
    return Division(clusters, folds, rows_left_out(folds, ligands, count=split.folds))


def _say_unknown(clusters: Clusters, quiet: bool) -> None:
    count = sum(name == UNKNOWN for name in clusters.names)
    if count:
        with Progress("Clustering proteins", 1, done=1, quiet=quiet) as progress:
            progress.message(
                f"{count} of {len(clusters.names)} complexes have no sequence in the manifest; "
                f"their proteins count as one cluster, '{UNKNOWN}', and stay together in one fold."
            )
