"""Protein clusters: single linkage over sequence identity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from molattn.train.linkage import Linkage
from molattn.train.sequence_identity import (
    SequenceAligner,
    candidate_pairs,
    clean_sequence,
    representatives,
)

UNKNOWN = "unknown"
"""Cluster of every row whose sequence is not known."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Two clusters that are alike, though not enough to be one."""

    first: int
    second: int
    identity: float


@dataclass(frozen=True, slots=True)
class Clusters:
    """Protein clusters of the rows of a manifest.

    Attributes
    ----------
    names
        Cluster of each row: the id of its first member in alphabetical order.
    near_misses
        Row pairs of different clusters whose alignment covered enough of the shorter sequence.
    aligned
        Number of pairs that were aligned.
    """

    names: tuple[str, ...]
    near_misses: tuple[NearMiss, ...]
    aligned: int

    def __len__(self) -> int:
        return len(set(self.names))


def cluster_sequences(
    ids: Sequence[str], sequences: Sequence[str], *, identity: float, coverage: float
) -> Clusters:
    """Cluster rows whose sequences are alike, directly or through others.

    Parameters
    ----------
    ids, sequences
        One entry a row; equal sequences are always one cluster, empty ones the cluster ``unknown``.
    identity
        Fraction of identical residues among aligned pairs from which two sequences are linked.
    coverage
        Fraction of the shorter sequence that the alignment must span for that.
    """
    cleaned = [clean_sequence(sequence) for sequence in sequences]
    unique = sorted(set(cleaned) - {""})
    links = Linkage(len(unique))
    stands = representatives(unique)
    for row, representative in enumerate(stands):
        links.join(row, representative)
    kept = sorted(set(stands))
    aligner = SequenceAligner()
    misses: list[tuple[int, int, float]] = []
    aligned = 0
    for one, other in candidate_pairs([unique[row] for row in kept]):
        first, second = kept[one], kept[other]
        if links.root(first) == links.root(second):
            continue
        aligned += 1
        likeness = aligner.likeness(unique[first], unique[second])
        if likeness.coverage < coverage:
            continue
        if likeness.identity >= identity:
            links.join(first, second)
        else:
            misses.append((first, second, likeness.identity))
    return _describe(ids, cleaned, unique, links, misses, aligned)


def _describe(
    ids: Sequence[str],
    cleaned: Sequence[str],
    unique: Sequence[str],
    links: Linkage,
    misses: Sequence[tuple[int, int, float]],
    aligned: int,
) -> Clusters:
    index = {sequence: row for row, sequence in enumerate(unique)}
    roots = [links.root(index[one]) if one else -1 for one in cleaned]
    name_of: dict[int, str] = {-1: UNKNOWN}
    row_of: dict[str, int] = {}
    for row in sorted(range(len(ids)), key=lambda row: ids[row]):
        name_of.setdefault(roots[row], ids[row])
        row_of.setdefault(cleaned[row], row)
    near = tuple(
        NearMiss(row_of[unique[first]], row_of[unique[second]], value)
        for first, second, value in misses
        if links.root(first) != links.root(second)
    )
    return Clusters(tuple(name_of[root] for root in roots), near, aligned)
