"""Protein clusters, folds, and rows left out of them."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molattn.errors import FileUnreadable, InputError, UsageError
from molattn.train.clusters import UNKNOWN, cluster_sequences
from molattn.train.config import TrainConfig
from molattn.train.ligand_clusters import LigandClusters, cluster_ligands
from molattn.train.ligand_likeness import SimilarPair
from molattn.train.manifest import read_manifest
from molattn.train.prepare import divide, prepare
from molattn.train.sequence_identity import AMINO_ACIDS, SequenceAligner, candidate_pairs
from molattn.train.split_file import SplitTable, read_split, write_split
from molattn.train.splits import (
    NEVER_HELD_OUT,
    assign_folds,
    leak,
    random_folds,
    rows_left_out,
    split_rows,
    training_rows,
)


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


def test_random_folds_have_equal_numbers_of_labels() -> None:
    labelled = [row % 3 == 0 for row in range(60)]
    folds = random_folds(labelled, folds=4, seed=1)
    assert [
        sum(lab for lab, one in zip(labelled, folds, strict=True) if one == k) for k in range(4)
    ] == [5] * 4
    assert folds != random_folds(labelled, folds=4, seed=2)


def test_rows_left_out_worked_by_hand() -> None:
    # ligands: 0 and 1 are alike, 2 is like none, the last row's is not known
    ligands = LigandClusters(
        ("a", "a", "a", "d", "d", UNKNOWN),
        ("A", "B", "C"),
        (0, 1, 0, 2, 2, -1),
        (SimilarPair(0, 1, 0.95),),
    )
    folds = (0, 1, 2, 0, NEVER_HELD_OUT, 1)
    left_out = rows_left_out(folds, ligands, count=3)
    assert left_out.tolist() == [
        [False, True, True],
        [True, False, True],
        [True, True, False],
        [False, False, False],
        [True, False, False],
        [False, False, False],
    ]
    assert training_rows(folds, 0, left_out).tolist() == [False, False, False, False, False, True]
    assert training_rows(folds, 1).tolist() == [True, False, True, True, True, False]


@given(
    st.lists(st.tuples(st.integers(-1, 2), st.integers(-1, 7)), min_size=1, max_size=40),
    st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=10),
)
def test_no_training_row_is_like_a_held_out_one(
    rows: list[tuple[int, int]], alike: set[tuple[int, int]]
) -> None:
    folds, ligand = [one[0] for one in rows], [one[1] for one in rows]
    pairs = tuple(SimilarPair(min(pair), max(pair), 0.95) for pair in alike if pair[0] != pair[1])
    clusters = LigandClusters(("",) * len(rows), tuple("ABCDEFGH"), tuple(ligand), pairs)
    left_out = rows_left_out(folds, clusters, count=3)
    near = {(one, one) for one in range(8)} | {(p.first, p.second) for p in pairs}
    near |= {(second, first) for first, second in near}
    for fold in range(3):
        used = np.flatnonzero(training_rows(folds, fold, left_out))
        held = [row for row, one in enumerate(folds) if one == fold]
        assert not any((ligand[row], ligand[other]) in near for row in used for other in held)
        # and no row is left out for nothing
        for row in np.flatnonzero(left_out[:, fold]):
            assert folds[row] != fold
            assert any((ligand[row], ligand[other]) in near for other in held)


def test_rows_left_out_come_into_no_part() -> None:
    split = split_rows(
        list("aabbccdd"),
        [True] * 8,
        [True, True] + [False] * 6,
        validation=0.4,
        seed=0,
        left_out=[False, False, True, False, False, False, False, True],
    )
    assert split.held_out == (0, 1)
    assert split.left_out == (2, 7)
    assert sorted(split.train + split.validation) == [3, 4, 5, 6]


def small_table() -> SplitTable:
    return SplitTable(
        ("a", "b", "c"),
        ("p", "p", "q"),
        ("l", "m", "l"),
        (0, NEVER_HELD_OUT, 2),
        np.array([[False, False, True], [False, False, False], [True, True, False]]),
        {"time_part": ("train", "", "test")},
    )


def test_a_split_file_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "splits.csv"
    table = small_table()
    write_split(table, path)
    assert path.read_text().splitlines()[3] == "c,q,l,2,0;1,test"
    again = read_split(path)
    assert again.left_out.tolist() == table.left_out.tolist()
    assert (again.ids, again.folds, again.columns) == (table.ids, table.folds, table.columns)
    assert again.count == 3
    turned = again.of_rows(["c", "a"])
    assert turned.folds == (2, 0)
    assert turned.left_out.tolist() == [[True, True, False], [False, False, True]]
    with pytest.raises(InputError, match="lacks 1 of 2 ids of the manifest"):
        again.of_rows(["a", "z"])


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", FileUnreadable),
        ("id,fold\na,1\n", FileUnreadable),
        ("id,protein_cluster,ligand_cluster,fold,left_out_of\na,a,a,one,\n", InputError),
        ("id,protein_cluster,ligand_cluster,fold,left_out_of\na,a,a,1,2\n", InputError),
    ],
)
def test_damaged_split_files_are_refused(text: str, error: type[Exception], tmp_path: Path) -> None:
    path = tmp_path / "splits.csv"
    path.write_text(text)
    with pytest.raises(error):
        read_split(path)


def with_split(config: TrainConfig, **values: Any) -> TrainConfig:
    return config.model_copy(update={"split": config.split.model_copy(update=values)})


def test_cross_validation_leaves_out_like_ligands(config: TrainConfig) -> None:
    rows = read_manifest(config.data)
    none = divide(rows, config, quiet=True)
    assert not none.left_out.any()
    found = divide(rows, with_split(config, ligand_similarity=0.9), quiet=True)
    assert found.folds == none.folds
    # each ligand of this manifest is in eight rows of two proteins
    ligand = [row.id.split("-")[0] for row in rows]
    for row, fold in enumerate(found.folds):
        twins = {found.folds[other] for other in range(len(rows)) if ligand[other] == ligand[row]}
        assert set(np.flatnonzero(found.left_out[row])) == twins - {fold}


def test_folds_come_from_a_split_file(config: TrainConfig, tmp_path: Path) -> None:
    rows = read_manifest(config.data)
    folds = tuple(row % 3 for row in range(len(rows)))
    left_out = np.zeros((len(rows), 3), dtype=bool)
    left_out[1, 0] = True
    names = tuple(f"cluster {fold}" for fold in folds)
    path = tmp_path / "splits.csv"
    write_split(SplitTable(tuple(row.id for row in rows), names, names, folds, left_out), path)
    data = prepare(with_split(config, file=path), quiet=True)
    assert data.fold_count == 3
    split = data.split(config, 0)
    assert split.held_out == tuple(range(0, len(rows), 3))
    assert split.left_out == (1,)
    assert 1 not in split.train + split.validation
    assert data.split(config, None).left_out == ()
    with pytest.raises(UsageError, match="folds 0 to 2"):
        data.split(config, 3)


def test_without_sequences_training_goes_on_and_says_so(
    config: TrainConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = config.data.manifest.read_text().splitlines()
    manifest = tmp_path / "index.csv"
    manifest.write_text("\n".join(line.rsplit(",", 1)[0] for line in lines) + "\n")
    data_config = config.data.model_copy(update={"manifest": manifest})
    data = prepare(config.model_copy(update={"data": data_config}))
    assert "16 of 16 complexes have no sequence" in capsys.readouterr().err
    assert set(data.clusters.names) == {UNKNOWN}
    assert len(data.split(config, None).train) == 16
    with pytest.raises(InputError, match="holds out everything"):
        data.split(config, 0)
    with pytest.raises(InputError, match="holds out nothing"):
        data.split(config, 1)


def test_cofactors_in_strange_proteins_are_left_out() -> None:
    smiles = ["Nc1ncnc2c1ncn2C1OC(COP(=O)(O)O)C(O)C1O"] * 2 + ["CCO"]
    ligands = cluster_ligands(list("abc"), smiles)
    assert rows_left_out((0, 1, 1), ligands, count=2).tolist() == [
        [False, True],
        [True, False],
        [False, False],
    ]
