"""Folds made of whole protein clusters, and the part of the training set that watches it."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from molattn.train.clusters import Clusters


@dataclass(frozen=True, slots=True)
class Split:
    """Rows of one training run; the three parts share no protein cluster.

    Attributes
    ----------
    train, validation, held_out
        Rows of the manifest.
    """

    train: tuple[int, ...]
    validation: tuple[int, ...]
    held_out: tuple[int, ...]


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
    clusters: Sequence[str], labelled: Sequence[bool], *, folds: int, seed: int
) -> tuple[int, ...]:
    """Return the fold of each row: whole clusters, equal numbers of labelled rows.

    Clusters go one by one, the one with most labelled rows first, to the fold that has fewest;
    ties are broken by a shuffle that ``seed`` decides.
    """
    members: defaultdict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(clusters):
        members[name].append(row)
    names = sorted(members)
    random.Random(seed).shuffle(names)
    labels_in = {name: sum(labelled[row] for row in members[name]) for name in names}
    names.sort(key=lambda name: (-labels_in[name], -len(members[name])))
    fold_of = [0] * len(clusters)
    load = [(0, 0)] * folds
    for name in names:
        fold = min(range(folds), key=lambda one: load[one])
        load[fold] = (load[fold][0] + labels_in[name], load[fold][1] + len(members[name]))
        for row in members[name]:
            fold_of[row] = fold
    return tuple(fold_of)


def split_rows(
    clusters: Sequence[str],
    labelled: Sequence[bool],
    held_out: Sequence[bool],
    *,
    validation: float,
    seed: int,
) -> Split:
    """Divide the rows that are not held out into training and validation, by whole clusters.

    Clusters are drawn in an order that ``seed`` decides until ``validation`` of the labelled rows
    is reached; clusters larger than that share are passed over, so that one family cannot be it.
    """
    members: defaultdict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(clusters):
        if not held_out[row]:
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
    )


def leak(clusters: Clusters, folds: Sequence[int], fold: int) -> Leak:
    """Return the closest relatives between a fold and all others, below the linking identity."""
    closest = Leak(0.0)
    for miss in clusters.near_misses:
        for row, other in ((miss.first, miss.second), (miss.second, miss.first)):
            if folds[row] == fold != folds[other] and miss.identity > closest.identity:
                closest = Leak(miss.identity, row, other)
    return closest
