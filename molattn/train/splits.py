"""Folds made of whole clusters, what each must not train on, and the part that watches it."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from molattn.train.clusters import Clusters
from molattn.train.ligand_clusters import LigandClusters

Flags = NDArray[np.bool_]

NEVER_HELD_OUT: Final = -1
"""Fold of a row that is in the training of every fold."""


@dataclass(frozen=True, slots=True)
class Split:
    """Rows of one training run; the three parts share no protein cluster.

    Attributes
    ----------
    train, validation, held_out
        Rows of the manifest.
    left_out
        Rows in none of the three, since their ligand is like one that is held out.
    """

    train: tuple[int, ...]
    validation: tuple[int, ...]
    held_out: tuple[int, ...]
    left_out: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Leak:
    """The closest relatives across a split.

    Attributes
    ----------
    identity
        Largest sequence identity between a held-out and another protein, 0 if none was near.
    held_out, other
        Rows of the two.
    """

    identity: float
    held_out: int = -1
    other: int = -1


def assign_folds(
    clusters: Sequence[str],
    labelled: Sequence[bool],
    *,
    folds: int,
    seed: int,
    counted: Sequence[bool] | None = None,
) -> tuple[int, ...]:
    """Return the fold of each row: whole clusters, equal numbers of labelled rows.

    Clusters go one by one, the one with most labelled rows first, to the fold that has fewest;
    ties are broken by the number of rows, then by a shuffle that ``seed`` decides.

    Parameters
    ----------
    clusters, labelled
        Of each row.
    folds
        Number of folds.
    seed
        Of the shuffle.
    counted
        Rows that count for the size of a cluster; all by default.
    """
    members: defaultdict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(clusters):
        members[name].append(row)
    names = sorted(members)
    random.Random(seed).shuffle(names)
    labels_in = {name: sum(labelled[row] for row in members[name]) for name in names}
    size = Counter(name for row, name in enumerate(clusters) if counted is None or counted[row])
    names.sort(key=lambda name: (-labels_in[name], -size[name]))
    fold_of = [0] * len(clusters)
    load = [(0, 0)] * folds
    for name in names:
        fold = min(range(folds), key=lambda one: load[one])
        load[fold] = (load[fold][0] + labels_in[name], load[fold][1] + size[name])
        for row in members[name]:
            fold_of[row] = fold
    return tuple(fold_of)


def random_folds(labelled: Sequence[bool], *, folds: int, seed: int) -> tuple[int, ...]:
    """Return a fold for each row by chance, equal numbers of labelled rows in each."""
    return assign_folds(
        [str(row) for row in range(len(labelled))], labelled, folds=folds, seed=seed
    )


def rows_left_out(folds: Sequence[int], ligands: LigandClusters, *, count: int) -> Flags:
    """Return which rows each fold must leave out of its training.

    A row is left out where its ligand is that of a held-out row, or like it. Proteins without any
    kinship bind the same cofactors and probes, so whole protein clusters alone do not prevent it.

    Parameters
    ----------
    folds
        Fold of each row.
    ligands
        Their ligands; rows whose ligand is not known are never left out.
    count
        Number of folds.

    Returns
    -------
    array
        [rows, count]; the held-out rows of a fold are not among its rows left out.
    """
    of_row = np.array(ligands.ligand, dtype=np.int64)
    fold_of = np.array(folds, dtype=np.int64)
    held = np.zeros((len(ligands.smiles), count), dtype=bool)
    known = (of_row >= 0) & (fold_of >= 0)
    held[of_row[known], fold_of[known]] = True
    near = held.copy()
    for pair in ligands.pairs:
        near[pair.first] |= held[pair.second]
        near[pair.second] |= held[pair.first]
    left_out = np.zeros((len(folds), count), dtype=bool)
    left_out[of_row >= 0] = near[of_row[of_row >= 0]]
    left_out[fold_of[:, None] == np.arange(count)] = False
    return left_out


def training_rows(folds: ArrayLike, fold: int, left_out: ArrayLike | None = None) -> Flags:
    """Return which rows the training of a fold may use.

    Everything that is fitted to answer for a fold, a baseline as well, uses these rows alone.

    Parameters
    ----------
    folds
        [rows] fold in which each row is held out; -1 for rows that never are.
    fold
        The fold that is held out.
    left_out
        [rows, folds] rows that each fold must leave out beside its own; None for none.

    Returns
    -------
    array
        [rows] bool.
    """
    allowed: Flags = np.asarray(folds) != fold
    if left_out is not None:
        allowed = allowed & ~np.asarray(left_out, dtype=bool)[:, fold]
    return allowed


def split_rows(
    clusters: Sequence[str],
    labelled: Sequence[bool],
    held_out: Sequence[bool],
    *,
    validation: float,
    seed: int,
    left_out: Sequence[bool] | Flags | None = None,
) -> Split:
    """Divide the rows that are not held out into training and validation, by whole clusters.

    Rows that are ``left_out`` come into neither. Clusters are drawn in an order that ``seed``
    decides until ``validation`` of the labelled rows is reached; clusters larger than that
    share are passed over, so that one family cannot be it.
    """
    members: defaultdict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(clusters):
        if not held_out[row] and not (left_out is not None and left_out[row]):
            members[name].append(row)
    names = sorted(members)
    random.Random(seed).shuffle(names)
    target = validation * sum(labelled[row] for rows in members.values() for row in rows)
    chosen: set[str] = set()
    count = 0
    for name in names:
        size = sum(labelled[row] for row in members[name])
        if size and count < target and size <= max(1.0, target / 2):
            chosen.add(name)
            count += size
    return Split(
        train=tuple(sorted(r for name in names if name not in chosen for r in members[name])),
        validation=tuple(sorted(r for name in chosen for r in members[name])),
        held_out=tuple(row for row, out in enumerate(held_out) if out),
        left_out=tuple(np.flatnonzero(left_out).tolist()) if left_out is not None else (),
    )


def leak(clusters: Clusters, folds: Sequence[int], fold: int) -> Leak:
    """Return the closest relatives between a fold and all others, below the linking identity."""
    closest = Leak(0.0)
    for miss in clusters.near_misses:
        for row, other in ((miss.first, miss.second), (miss.second, miss.first)):
            if folds[row] == fold != folds[other] and miss.identity > closest.identity:
                closest = Leak(miss.identity, row, other)
    return closest
