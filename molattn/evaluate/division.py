"""How rows are divided: folds, protein clusters, and how near each row is to its training.

Training-only rows of another manifest stand behind the judged ones, in the fold -1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from molattn.errors import UsageError
from molattn.evaluate.evaluation_set import Booleans, EvaluationSet, Floats, Integers, Strings
from molattn.evaluate.predictions import Predictions

Scheme = Literal["grouped", "random", "column"]

FOLDS: Final = 5
"""Number of folds where none are given."""

IDENTITY: Final = 0.4
"""Sequence identity from which two proteins are relatives."""

COVERAGE: Final = 0.5
"""Part of the shorter sequence that the alignment must span for that."""

TRAINING_ONLY: Final = -1
"""Fold of rows that are never judged."""


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """Folds and clusters of the judged rows and, behind them, of the training-only rows.

    Attributes
    ----------
    scheme
        Where the folds come from, for a reader.
    folds
        [pool] fold in which a row is held out, -1 for training-only rows.
    clusters
        [pool] name of the protein cluster.
    proteins
        [pool] number of the protein's sequence, equal for equal sequences, -1 if unknown.
    smiles
        [pool] flat SMILES of the ligand, "" if unknown.
    left_out
        [pool, folds] rows that a fold must not train on beside its own.
    """

    scheme: str
    folds: Integers
    clusters: Strings
    proteins: Integers
    smiles: Strings
    left_out: Booleans

    @property
    def judged(self) -> tuple[int, ...]:
        """The folds that hold judged rows."""
        return tuple(int(one) for one in np.unique(self.folds) if one != TRAINING_ONLY)

    def training(self, fold: int, usable: Booleans) -> Booleans:
        """Return which rows may be trained on for a fold, [pool].

        Parameters
        ----------
        fold
            The fold that is held out.
        usable
            [pool] rows that may be trained on at all.
        """
        from molattn.train.splits import training_rows

        return training_rows(self.folds, fold, self.left_out) & usable


@dataclass(frozen=True, slots=True, eq=False)
class Nearness:
    """How near each judged row is to what its fold trains on.

    Attributes
    ----------
    relative
        [n] whether a protein of the same cluster is in training.
    same_protein
        [n] whether the same sequence is in training.
    ligand_similarity
        [n] highest Tanimoto to a ligand in training, NaN where the ligand is not known.
    """

    relative: Booleans
    same_protein: Booleans
    ligand_similarity: Floats


def divide(
    rows: EvaluationSet,
    training: EvaluationSet | None,
    given: Sequence[Predictions],
    scheme: Scheme,
    *,
    splits: Path | None,
    cache: Path,
    seed: int,
) -> Division:
    """Cluster proteins and deal the folds.

    Parameters
    ----------
    rows
        What is judged.
    training
        Another manifest to train on; all judged rows are then one fold.
    given
        Predictions, whose folds and clusters count for the scheme ``column``.
    scheme
        ``grouped``: whole protein clusters, without training rows whose ligand has a Tanimoto of
        .9 or more to a held-out one; ``random``: single complexes by chance; ``column``: as the
        split file, the manifest or the first predictions say, ligands left out as for
        ``grouped`` (a split file says itself which).
    splits
        A split file of :mod:`molattn.train.split_file`; taken for the scheme ``column``.
    cache
        Folder for what takes long to compute.
    seed
        Decides ties and chance.
    """
    pool = (rows,) if training is None else (rows, training)
    smiles = np.concatenate([flat_smiles(part, cache) for part in pool])
    sequences = np.concatenate([part.text("sequence") for part in pool])
    names = _pool_names(pool)
    clusters = _clusters(pool, names, sequences, given, cache)
    proteins = np.where(sequences == "", -1, np.unique(sequences, return_inverse=True)[1])
    count = len(rows)
    folds = np.full(len(names), TRAINING_ONLY, dtype=np.int64)
    left_out: Booleans | None = None
    described = "all training rows are another manifest's"
    if training is not None:
        folds[:count] = 0
        left_out = _no_rows_left_out(folds)
        left_out[count:, 0] = np.isin(names[count:], rows.id)
    elif scheme == "column":
        folds[:], left_out, clusters, described = _given_folds(rows, given, splits, clusters)
    else:
        folds[:], described = _dealt_folds(rows, clusters, scheme, seed)
        if scheme == "random":
            left_out = _no_rows_left_out(folds)
    if left_out is None:
        left_out = _similar_left_out(names, smiles, folds)
    return Division(described, folds, clusters, proteins.astype(np.int64), smiles, left_out)


def nearness(division: Division, usable: Booleans, count: int) -> Nearness:
    """Return how near each of the first ``count`` rows is to the training of its fold.

    Parameters
    ----------
    division
        Of the pool.
    usable
        [pool] rows that may be trained on.
    count
        Number of judged rows.
    """
    from molattn.train.ligand_likeness import Fingerprints

    relative = np.zeros(count, dtype=np.bool_)
    same = np.zeros(count, dtype=np.bool_)
    nearest = np.full(count, np.nan)
    for fold in division.judged:
        held = np.flatnonzero(division.folds[:count] == fold)
        train = division.training(fold, usable)
        relative[held] = np.isin(division.clusters[held], division.clusters[train])
        proteins = division.proteins[held]
        same[held] = (proteins >= 0) & np.isin(proteins, division.proteins[train])
        known = held[division.smiles[held] != ""]
        theirs = Fingerprints(np.unique(division.smiles[train]).tolist())
        nearest[known] = Fingerprints(division.smiles[known].tolist()).nearest(theirs)
    return Nearness(relative, same, nearest)


def flat_smiles(rows: EvaluationSet, cache: Path) -> Strings:
    """Return the flat SMILES of every ligand, from column or file, "" where neither has it."""
    from molattn.train.manifest import ManifestRow
    from molattn.train.row_ligands import row_ligands

    written = rows.text("smiles")
    records = [
        ManifestRow(
            id=str(rows.id[row]),
            protein=rows.protein[row] or Path(),
            ligand=rows.ligand[row] or Path(),
            pK=float(rows.measured[row]),
            sequence="",
            columns={},
            record=int(rows.record[row]),
            smiles=str(written[row]),
        )
        for row in range(len(rows))
    ]
    return np.array(row_ligands(records, cache), dtype=np.str_)


def _pool_names(pool: Sequence[EvaluationSet]) -> Strings:
    """Return the ids of the pool."""
    return np.concatenate([part.id for part in pool])


def _clusters(
    pool: Sequence[EvaluationSet],
    names: Strings,
    sequences: Strings,
    given: Sequence[Predictions],
    cache: Path,
) -> Strings:
    """Return protein clusters: by sequence, else as a column says, else by the protein's file."""
    from molattn.train.cluster_cache import cached_clusters

    written = np.concatenate([part.text("cluster") for part in pool])
    files = [str(path or "") for part in pool for path in part.protein]
    alone = np.where(np.array(files) == "", names, np.array(files))
    if (sequences != "").any():
        found = cached_clusters(
            names.tolist(), sequences.tolist(), identity=IDENTITY, coverage=COVERAGE, cache=cache
        )
        apart = np.where(written == "", alone, written)
        return np.where(sequences == "", apart, np.array(found.names, dtype=np.str_))
    if not (written != "").any() and len(pool) == 1:
        told = next((one.cluster for one in given if one.cluster is not None), None)
        written = written if told is None else told
    return np.where(written == "", alone, written)


def protein_notes(rows: EvaluationSet, given: Sequence[Predictions]) -> tuple[str, ...]:
    """Return a sentence where nothing says which proteins are relatives."""
    told = any((rows.text(name) != "").any() for name in ("sequence", "cluster"))
    if told or any(one.cluster is not None for one in given):
        return ()
    return (
        "Proteins are told apart by their files alone, for there is no column sequence or "
        "cluster: relatives may stand in training unseen.",
    )


def _dealt_folds(
    rows: EvaluationSet, clusters: Strings, scheme: Scheme, seed: int
) -> tuple[Integers, str]:
    """Return folds of whole protein clusters, or of single complexes."""
    from molattn.train.splits import assign_folds

    units = clusters if scheme == "grouped" else rows.complex
    size = min(FOLDS, len(np.unique(units)))
    if size < 2:
        raise UsageError(
            f"All rows are one {'protein cluster' if scheme == 'grouped' else 'complex'}, which "
            "cannot be divided into folds; try --folds random, or --train another manifest."
        )
    labelled = rows.standard.tolist()
    dealt = assign_folds(units.tolist(), labelled, folds=size, seed=seed)
    told = {
        "grouped": f"{size} folds of whole protein clusters ({100 * IDENTITY:.0f} % identity)",
        "random": f"{size} random folds",
    }
    return np.array(dealt, dtype=np.int64), told[scheme]


def _given_folds(
    rows: EvaluationSet, given: Sequence[Predictions], splits: Path | None, clusters: Strings
) -> tuple[Integers, Booleans | None, Strings, str]:
    """Return folds, rows left out if the source says so, clusters, and the source."""
    if splits is not None:
        from molattn.train.split_file import read_split

        table = read_split(splits).of_rows(rows.id.tolist())
        folds = np.array(table.folds, dtype=np.int64)
        cluster = np.array(table.protein_cluster, dtype=np.str_)
        return _checked(folds), table.left_out, cluster, f"the folds of {splits.name}"
    numbers = rows.numbers("fold")
    if numbers is not None:
        folds = np.nan_to_num(numbers, nan=-1.0).astype(np.int64)
        return _checked(folds), None, clusters, "the folds of the manifest"
    for one in given:
        if one.fold is not None:
            return _checked(one.fold), None, clusters, f"the folds of {one.title}"
    raise UsageError(
        "Neither the manifest nor the predictions have a column fold; add it, give --splits, or "
        "take --folds grouped."
    )


def _checked(folds: Integers) -> Integers:
    if len(np.unique(folds[folds >= 0])) < 2 and not (folds == TRAINING_ONLY).any():
        raise UsageError("The column fold holds one value; at least two folds are needed.")
    return folds


def _no_rows_left_out(folds: Integers) -> Booleans:
    return np.zeros((len(folds), int(folds.max()) + 1), dtype=np.bool_)


def _similar_left_out(names: Strings, smiles: Strings, folds: Integers) -> Booleans:
    """Return the rows whose ligand is that of a held-out row, or like it, [pool, folds]."""
    from molattn.train.ligand_clusters import cluster_ligands
    from molattn.train.splits import rows_left_out

    ligands = cluster_ligands(names.tolist(), smiles.tolist())
    left_out: NDArray[np.bool_] = rows_left_out(folds.tolist(), ligands, count=int(folds.max()) + 1)
    return left_out
