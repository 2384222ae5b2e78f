"""Everything that a training needs before its first step: graphs, clusters, folds."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from molattn.errors import UsageError
from molattn.train.clusters import Clusters, NearMiss, cluster_sequences
from molattn.train.config import SplitConfig, TrainConfig
from molattn.train.dataset import Dataset, load_dataset
from molattn.train.manifest import ManifestRow, read_manifest
from molattn.train.splits import Split, assign_folds, split_rows


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
    """

    dataset: Dataset
    clusters: Clusters
    folds: tuple[int, ...]

    @property
    def labelled(self) -> tuple[bool, ...]:
        """Which rows have a measured affinity and a graph."""
        found = {one.row for one in self.dataset.examples if one.labelled}
        return tuple(row in found for row in range(len(self.dataset.rows)))

    def split(self, config: TrainConfig, fold: int | None) -> Split:
        """Divide the rows for one fold, or for a training on everything."""
        if fold is not None and not 0 <= fold < config.split.folds:
            raise UsageError(
                f"Fold {fold} does not exist; the configuration has folds 0 to "
                f"{config.split.folds - 1}."
            )
        return split_rows(
            self.clusters.names,
            self.labelled,
            [one == fold for one in self.folds],
            validation=config.split.validation,
            seed=config.seed,
        )


def prepare(config: TrainConfig, *, quiet: bool = False) -> Prepared:
    """Read the manifest, build or load the graphs, cluster the proteins, deal the folds.

    Raises
    ------
    FileUnreadable, InputError, ConfigError, OutputError
        See :func:`read_manifest` and :func:`load_dataset`.
    """
    rows = read_manifest(config.data)
    dataset = load_dataset(config, rows, quiet=quiet)
    clusters = _cached_clusters(rows, config.split, config.data.cache)
    labelled = [row.labelled for row in rows]
    folds = assign_folds(clusters.names, labelled, folds=config.split.folds, seed=config.seed)
    return Prepared(dataset, clusters, folds)


def _cached_clusters(rows: Sequence[ManifestRow], config: SplitConfig, cache: Path) -> Clusters:
    """Cluster the proteins, or take the clusters from the cache; two thousand take a minute."""
    digest = hashlib.sha256(f"{config.identity} {config.coverage}\n".encode())
    for row in rows:
        digest.update(f"{row.id} {row.sequence}\n".encode())
    code = Path(__file__).parent
    for name in ("clusters.py", "sequence_identity.py"):
        digest.update((code / name).read_bytes())
    path = cache / f"clusters-{digest.hexdigest()[:16]}.json"
    if path.exists():
        values = json.loads(path.read_text(encoding="utf-8"))
        misses = tuple(NearMiss(**one) for one in values["near_misses"])
        return Clusters(tuple(values["names"]), misses, values["aligned"])
    clusters = cluster_sequences(
        [row.id for row in rows],
        [row.sequence for row in rows],
        identity=config.identity,
        coverage=config.coverage,
    )
    partial = path.with_suffix(f".{os.getpid()}.partial")
    partial.write_text(json.dumps(asdict(clusters)), encoding="utf-8")
    partial.replace(path)
    return clusters
