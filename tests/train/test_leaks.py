"""Leaks between two sets, planted one kind at a time."""

from __future__ import annotations

import math
import random
from pathlib import Path

import pytest

from molattn.train.leaks import KINDS, LeakSet, find_leaks, leak_set
from molattn.train.manifest import ManifestRow
from molattn.train.sequence_identity import AMINO_ACIDS


def protein(seed: int) -> str:
    return "".join(random.Random(seed).choices(AMINO_ACIDS, k=150))


def relative(sequence: str, share: float) -> str:
    source = random.Random(1)
    letters = list(sequence)
    for place in source.sample(range(len(letters)), round(share * len(letters))):
        letters[place] = "W" if letters[place] != "W" else "A"
    return "".join(letters)


PALMITATE, STEARATE = "CCCCCCCCCCCCCCCC(=O)O", "CCCCCCCCCCCCCCCCCC(=O)O"
CAFFEINE, ASPIRIN = "Cn1cnc2c1c(=O)n(C)c(=O)n2C", "CC(=O)Oc1ccccc1C(=O)O"

Row = tuple[str, str, str, float]


def gathered(rows: list[Row]) -> LeakSet:
    nowhere = Path("nowhere")
    return leak_set(
        [
            ManifestRow(identity, nowhere, nowhere, label, sequence, {}, smiles=smiles)
            for identity, sequence, smiles, label in rows
        ]
    )


BASE: list[Row] = [
    ("a", protein(1), CAFFEINE, 5.0),
    ("b", protein(2), ASPIRIN, 6.0),
    ("c", protein(3), "CCO", 7.0),
    ("d", protein(4), "c1ccncc1", 8.0),
]


@pytest.mark.parametrize(
    ("changed", "leaking"),
    [
        (("d", protein(4), "c1ccncc1", 8.0), ()),
        (("a", protein(4), "c1ccncc1", 8.0), ("ids",)),
        (("d", relative(protein(1), 0.4), "c1ccncc1", 8.0), ("proteins",)),
        (("d", protein(4), CAFFEINE, 5.0), ("identical_ligands",)),
        (
            ("d", protein(1), CAFFEINE, 8.0),
            ("proteins", "identical_ligands", "complexes"),
        ),
        (
            ("d", protein(1), CAFFEINE, 5.4),
            ("proteins", "identical_ligands", "complexes", "labels"),
        ),
        (("d", protein(1), "CCN", math.nan), ("proteins",)),
        (("d", "", "", 5.0), ()),
    ],
)
def test_each_kind_is_found_alone(changed: Row, leaking: tuple[str, ...]) -> None:
    report = find_leaks(gathered([*BASE[:3], changed]), (0, 1, 2), (3,))
    assert report.leaking() == leaking
    assert set(report.kinds) == set(KINDS)
    assert report.leaking(ignored=leaking) == ()
    assert report.without_sequence == report.without_ligand == (changed[1] == "")
    for name in leaking:
        kind = report.kinds[name]
        assert kind.rows_first == kind.rows_second == 1
        assert (kind.examples[0].first, kind.examples[0].second) == ("a", changed[0])


def test_ligands_that_are_alike_and_their_like_labels() -> None:
    rows: list[Row] = [
        ("a", protein(1), PALMITATE, 5.0),
        ("b", protein(2), STEARATE, 5.5),
        ("c", protein(1), STEARATE, 5.5),
        ("d", protein(1), STEARATE, 7.5),
    ]
    everything = gathered(rows)
    apart = find_leaks(everything, (0,), (1,))
    assert apart.leaking() == ("similar_ligands",)
    assert apart.kinds["similar_ligands"].examples[0].value == pytest.approx(1.0, abs=0.1)
    near = find_leaks(everything, (0,), (2, 3))
    assert near.leaking() == ("proteins", "similar_ligands", "labels")
    assert near.kinds["labels"].count == 1
    assert find_leaks(everything, (0,), (3,), label_distance=3.0).kinds["labels"].count == 1


def test_highest_identity_below_and_above_the_threshold() -> None:
    below = find_leaks(
        gathered([BASE[0], ("d", relative(protein(1), 0.65), "CC", 1.0)]), (0,), (1,)
    )
    assert below.leaking() == ()
    assert below.highest_identity == pytest.approx(0.35, abs=0.05)
    above = find_leaks(gathered([BASE[0], ("d", relative(protein(1), 0.3), "CC", 1.0)]), (0,), (1,))
    assert above.highest_identity == pytest.approx(0.7, abs=0.03)
    same = find_leaks(gathered([BASE[0], ("d", protein(1), "CC", 1.0)]), (0,), (1,))
    assert same.highest_identity == 1.0
