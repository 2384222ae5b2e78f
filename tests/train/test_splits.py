"""Protein clusters and folds."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from molattn.train.clusters import UNKNOWN, cluster_sequences
from molattn.train.sequence_identity import AMINO_ACIDS, SequenceAligner, candidate_pairs
from molattn.train.splits import assign_folds, leak, split_rows


def protein(seed: int, length: int = 200) -> str:
    return "".join(random.Random(seed).choices(AMINO_ACIDS, k=length))


def mutated(sequence: str, share: float, seed: int) -> str:
    """Return a sequence in which the given share of positions is another residue."""
    source = random.Random(seed)
    letters = list(sequence)
    for place in source.sample(range(len(letters)), round(share * len(letters))):
        letters[place] = source.choice([one for one in AMINO_ACIDS if one != letters[place]])
    return "".join(letters)


def test_identity_of_a_known_number_of_substitutions() -> None:
    sequence = protein(1)
    found = SequenceAligner().likeness(sequence, mutated(sequence, 0.25, 2))
    assert found.identity == pytest.approx(0.75, abs=0.02)
    assert found.coverage > 0.95


def test_relatives_join_directly_and_through_others() -> None:
    first = protein(1)
    second = mutated(first, 0.35, 2)
    third = mutated(second, 0.35, 3)  # about 42 % like the first, 65 % like the second
    names = ["b", "c", "a", "x"]
    clusters = cluster_sequences(
        names, [first, second, third, protein(9)], identity=0.55, coverage=0.5
    )
    assert clusters.names == ("a", "a", "a", "x")
    assert len(clusters) == 2


def test_equal_and_empty_sequences() -> None:
    clusters = cluster_sequences(
        list("abcd"), [protein(1), protein(1), "", ""], identity=0.4, coverage=0.5
    )
    assert clusters.names == ("a", "a", UNKNOWN, UNKNOWN)


def test_a_shared_short_domain_does_not_join() -> None:
    domain = protein(5, 60)
    first, second = domain + protein(6, 240), domain + protein(7, 240)
    clusters = cluster_sequences(["a", "b"], [first, second], identity=0.4, coverage=0.5)
    assert len(clusters) == 2


def test_prefilter_proposes_few_strangers_and_all_relatives() -> None:
    strangers = [protein(seed) for seed in range(60)]
    relatives = [mutated(strangers[0], 0.5, seed) for seed in range(100, 105)]
    pairs = set(candidate_pairs(strangers + relatives))
    assert all((0, 60 + number) in pairs for number in range(5))
    assert sum(second < 60 for _, second in pairs) < 60 * 59 / 2 * 0.05


def test_near_miss_is_reported_as_the_leak_of_its_fold() -> None:
    first = protein(1)
    second = mutated(first, 0.5, 2)
    clusters = cluster_sequences(["a", "b"], [first, second], identity=0.7, coverage=0.5)
    closest = leak(clusters, (0, 1), 0)
    assert closest.identity == pytest.approx(0.5, abs=0.05)
    assert (closest.held_out, closest.other) == (0, 1)
    assert leak(clusters, (0, 0), 0).identity == 0.0


rows = st.lists(
    st.tuples(st.sampled_from([f"cluster {n}" for n in range(15)]), st.booleans()),
    min_size=5,
    max_size=80,
)


@given(rows, st.integers(0, 5))
def test_folds_hold_whole_clusters_and_are_balanced(
    rows: list[tuple[str, bool]], seed: int
) -> None:
    clusters, labelled = [one[0] for one in rows], [one[1] for one in rows]
    folds = assign_folds(clusters, labelled, folds=3, seed=seed)
    assert folds == assign_folds(clusters, labelled, folds=3, seed=seed)
    assert all(
        folds[i] == folds[j]
        for i in range(len(rows))
        for j in range(i)
        if clusters[i] == clusters[j]
    )
    load = [
        sum(lab for lab, fold in zip(labelled, folds, strict=True) if fold == k) for k in (0, 1, 2)
    ]
    largest = max(sum(lab for name, lab in rows if name == cluster) for cluster in set(clusters))
    assert max(load) - min(load) <= max(1, largest)


@given(rows, st.integers(0, 5))
def test_split_parts_share_no_cluster_and_lose_no_row(
    rows: list[tuple[str, bool]], seed: int
) -> None:
    clusters, labelled = [one[0] for one in rows], [one[1] for one in rows]
    folds = assign_folds(clusters, labelled, folds=3, seed=seed)
    split = split_rows(clusters, labelled, [fold == 0 for fold in folds], validation=0.2, seed=seed)
    parts = (split.train, split.validation, split.held_out)
    assert sorted(row for part in parts for row in part) == list(range(len(rows)))
    names = [{clusters[row] for row in part} for part in parts]
    assert not (names[0] & names[1] or names[0] & names[2] or names[1] & names[2])
