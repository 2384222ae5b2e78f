"""What two sets share: ids, proteins, ligands, and complexes that are nearly the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from molattn.train.cluster_cache import cached_clusters
from molattn.train.clusters import UNKNOWN, Clusters
from molattn.train.ligand_clusters import LigandClusters, cluster_ligands
from molattn.train.ligand_likeness import SIMILAR
from molattn.train.manifest import ManifestRow
from molattn.train.row_ligands import row_ligands
from molattn.train.sequence_identity import SequenceAligner, clean_sequence

EXAMPLES: Final = 10
"""Examples named for each kind of leak."""

_ALIGNED_PER_CLUSTER: Final = 40
"""Pairs aligned in a shared cluster to find how alike its proteins are."""


@dataclass(frozen=True, slots=True)
class LeakSet:
    """All rows among which two sets are compared, one entry a row.

    Attributes
    ----------
    ids, sequences
        Names and one-letter sequences ("" unknown).
    pK
        Measured affinities, ``nan`` for none.
    proteins, ligands
        Clusters of the rows.
    """

    ids: Sequence[str]
    sequences: Sequence[str]
    pK: Sequence[float]
    proteins: Clusters
    ligands: LigandClusters


def leak_set(
    rows: Sequence[ManifestRow],
    cache: Path | None = None,
    *,
    identity: float = 0.4,
    coverage: float = 0.5,
    similarity: float = SIMILAR,
) -> LeakSet:
    """Cluster the proteins and ligands of all rows that will be compared.

    Parameters
    ----------
    rows
        Of both sets; an id may stand in both.
    cache
        Folder in which clusters are kept for the next time.
    identity, coverage
        From which two proteins are one cluster; see
        :func:`molattn.train.clusters.cluster_sequences`.
    similarity
        Tanimoto from which two ligands are one cluster.
    """
    seen: set[str] = set()
    names = []
    for index, row in enumerate(rows):
        # clusters are named by rows: a second row of the same id needs a name of its own
        names.append(f"{row.id}\t{index}" if row.id in seen else row.id)
        seen.add(row.id)
    sequences = [row.sequence for row in rows]
    return LeakSet(
        [row.id for row in rows],
        sequences,
        [row.pK for row in rows],
        cached_clusters(names, sequences, identity=identity, coverage=coverage, cache=cache),
        cluster_ligands(names, row_ligands(rows, cache), similarity=similarity),
    )


@dataclass(frozen=True, slots=True)
class Example:
    """A row of the first set, one of the second, and how alike they are."""

    first: str
    second: str
    value: float


@dataclass(frozen=True, slots=True)
class SharedKind:
    """One kind of leak.

    Attributes
    ----------
    count
        How many: ids, clusters, ligands or pairs, as ``unit`` says.
    rows_first, rows_second
        Rows of either set concerned.
    examples
        The worst, most alike first.
    """

    name: str
    unit: str
    count: int
    rows_first: int
    rows_second: int
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class LeakReport:
    """What two sets share.

    Attributes
    ----------
    rows_first, rows_second
        Sizes of the sets.
    highest_identity
        Of proteins of a cluster in one set with those of a cluster in the other, among the pairs
        that were aligned; 0 if none was near. Unknown sequences do not count.
    without_sequence, without_ligand
        Rows of both sets that could not be compared.
    kinds
        Every kind of leak by name.
    """

    rows_first: int
    rows_second: int
    highest_identity: float
    without_sequence: int
    without_ligand: int
    kinds: dict[str, SharedKind] = field(default_factory=dict)

    def leaking(self, ignored: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the names of the kinds of which there are any, but for those ignored."""
        return tuple(
            name for name, kind in self.kinds.items() if kind.count and name not in ignored
        )


KINDS: Final = ("ids", "proteins", "similar_ligands", "identical_ligands", "complexes", "labels")
"""Names of the kinds of leak."""


def find_leaks(
    rows: LeakSet, first: Sequence[int], second: Sequence[int], *, label_distance: float = 1.0
) -> LeakReport:
    """Compare two sets of rows.

    The kinds of leak:

    ``ids``
        the same id in both sets;
    ``proteins``
        protein clusters in both;
    ``similar_ligands``
        pairs of different ligands of the linking similarity or above;
    ``identical_ligands``
        ligands in both;
    ``complexes``
        pairs of rows with the same ligand and the same protein cluster;
    ``labels``
        pairs of rows of one ligand cluster and one protein cluster whose affinities are within
        ``label_distance``: what a memory answers rightly (the idea of CleanSplit: Graber et al.,
        Nature Machine Intelligence 2025).

    Parameters
    ----------
    rows
        Everything that is compared.
    first, second
        Rows of the two sets.
    label_distance
        Difference in pK under which two affinities count as the same.
    """
    first_rows, second_rows = np.array(first, dtype=int), np.array(second, dtype=int)
    proteins, identity = _proteins(rows, first_rows, second_rows)
    found = (
        _ids(rows, first_rows, second_rows),
        proteins,
        _similar_ligands(rows, first_rows, second_rows),
        _identical_ligands(rows, first_rows, second_rows),
        *_pairs(rows, first_rows, second_rows, label_distance),
    )
    both = np.concatenate((first_rows, second_rows))
    return LeakReport(
        rows_first=len(first_rows),
        rows_second=len(second_rows),
        highest_identity=round(identity, 4),
        without_sequence=sum(rows.proteins.names[row] == UNKNOWN for row in both),
        without_ligand=sum(rows.ligands.ligand[row] < 0 for row in both),
        kinds={kind.name: kind for kind in found},
    )


_Rows = NDArray[np.int64]


def _ids(rows: LeakSet, first: _Rows, second: _Rows) -> SharedKind:
    shared = sorted({rows.ids[row] for row in first} & {rows.ids[row] for row in second})
    examples = tuple(Example(one, one, 1.0) for one in shared[:EXAMPLES])
    return SharedKind("ids", "ids", len(shared), len(shared), len(shared), examples)


def _proteins(rows: LeakSet, first: _Rows, second: _Rows) -> tuple[SharedKind, float]:
    one = _members(rows.proteins.names, first)
    other = _members(rows.proteins.names, second)
    shared = sorted((one.keys() & other.keys()) - {UNKNOWN})
    closest = [_closest(rows, one[name], other[name]) for name in shared]
    closest.sort(key=lambda example: -example.value)
    identities = [example.value for example in closest]
    for miss in rows.proteins.near_misses:
        names = rows.proteins.names[miss.first], rows.proteins.names[miss.second]
        if (names[0] in one and names[1] in other) or (names[1] in one and names[0] in other):
            identities.append(miss.identity)
    kind = SharedKind(
        "proteins",
        "clusters",
        len(shared),
        sum(len(one[name]) for name in shared),
        sum(len(other[name]) for name in shared),
        tuple(closest[:EXAMPLES]),
    )
    return kind, max(identities, default=0.0)


def _closest(rows: LeakSet, first: Sequence[int], second: Sequence[int]) -> Example:
    """Return the most alike proteins of a cluster across two sets, among the first few aligned."""
    sequence = {row: clean_sequence(rows.sequences[row]) for row in (*first, *second)}
    held = {sequence[row]: row for row in reversed(second)}
    for row in first:
        if sequence[row] in held:
            return Example(rows.ids[row], rows.ids[held[sequence[row]]], 1.0)
    aligner = SequenceAligner()
    best = Example(rows.ids[first[0]], rows.ids[second[0]], 0.0)
    side = int(_ALIGNED_PER_CLUSTER**0.5)
    for row in first[:side]:
        for other in second[:side]:
            identity = aligner.likeness(sequence[row], sequence[other]).identity
            if identity > best.value:
                best = Example(rows.ids[row], rows.ids[other], round(identity, 4))
    return best


def _similar_ligands(rows: LeakSet, first: _Rows, second: _Rows) -> SharedKind:
    one, other = _by_ligand(rows, first), _by_ligand(rows, second)
    across = [
        (pair.similarity, a, b)
        for pair in rows.ligands.pairs
        for a, b in ((pair.first, pair.second), (pair.second, pair.first))
        if a in one and b in other
    ]
    across.sort(key=lambda found: -found[0])
    return SharedKind(
        "similar_ligands",
        "pairs of ligands",
        len(across),
        sum(len(one[ligand]) for ligand in {a for _, a, _ in across}),
        sum(len(other[ligand]) for ligand in {b for _, _, b in across}),
        tuple(
            Example(rows.ids[one[a][0]], rows.ids[other[b][0]], round(value, 4))
            for value, a, b in across[:EXAMPLES]
        ),
    )


def _identical_ligands(rows: LeakSet, first: _Rows, second: _Rows) -> SharedKind:
    one, other = _by_ligand(rows, first), _by_ligand(rows, second)
    shared = sorted(one.keys() & other.keys(), key=lambda ligand: -len(one[ligand]))
    return SharedKind(
        "identical_ligands",
        "ligands",
        len(shared),
        sum(len(one[ligand]) for ligand in shared),
        sum(len(other[ligand]) for ligand in shared),
        tuple(
            Example(rows.ids[one[ligand][0]], rows.ids[other[ligand][0]], 1.0)
            for ligand in shared[:EXAMPLES]
        ),
    )


def _pairs(
    rows: LeakSet, first: _Rows, second: _Rows, label_distance: float
) -> tuple[SharedKind, SharedKind]:
    """Return pairs of one complex, and pairs of near-duplicates with like labels."""
    complexes: list[tuple[float, int, int]] = []
    labels: list[tuple[float, int, int]] = []
    other: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for row in second.tolist():
        other[rows.proteins.names[row], rows.ligands.names[row]].append(row)
    for row in first.tolist():
        place = rows.proteins.names[row], rows.ligands.names[row]
        if UNKNOWN in place:
            continue
        for twin in other.get(place, ()):
            distance = abs(rows.pK[row] - rows.pK[twin])
            if rows.ligands.ligand[row] == rows.ligands.ligand[twin]:
                complexes.append((1.0, row, twin))
            if distance <= label_distance:  # never where one is not measured
                labels.append((distance, row, twin))
    return (
        _of_pairs("complexes", complexes, rows.ids),
        _of_pairs("labels", sorted(labels), rows.ids),
    )


def _of_pairs(name: str, pairs: Sequence[tuple[float, int, int]], ids: Sequence[str]) -> SharedKind:
    return SharedKind(
        name,
        "pairs of rows",
        len(pairs),
        len({row for _, row, _ in pairs}),
        len({row for _, _, row in pairs}),
        tuple(Example(ids[a], ids[b], round(value, 4)) for value, a, b in pairs[:EXAMPLES]),
    )


def _members(names: Sequence[str], rows: _Rows) -> dict[str, list[int]]:
    members: defaultdict[str, list[int]] = defaultdict(list)
    for row in rows.tolist():
        members[names[row]].append(row)
    return dict(members)


def _by_ligand(rows: LeakSet, chosen: _Rows) -> dict[int, list[int]]:
    members: defaultdict[int, list[int]] = defaultdict(list)
    for row in chosen.tolist():
        if rows.ligands.ligand[row] >= 0:
            members[rows.ligands.ligand[row]].append(row)
    return dict(members)
