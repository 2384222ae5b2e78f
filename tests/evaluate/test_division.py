"""Folds and clusters: whole proteins, whole complexes, rows left out, distances to training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from molattn.errors import InputError, UsageError
from molattn.evaluate.division import divide, nearness, protein_notes
from molattn.evaluate.predictions import from_columns
from tests.evaluate.rows import rows_of, sequence

SMILES = ("CCO", "CCCCCCN", "c1ccccc1C(=O)O", "c1ccncc1CCCO", "CC(C)CC1CCCC1", "OCC1CCNCC1")


def proteins(count: int = 6, copies: int = 4):
    """Return rows of several unrelated proteins, each with some ligands."""
    size = count * copies
    return rows_of(
        id=[f"r{row}" for row in range(size)],
        sequence=[sequence(row // copies) for row in range(size)],
        smiles=[SMILES[row % len(SMILES)] for row in range(size)],
        pK=[str(4 + row % 5) for row in range(size)],
    )


def split(rows, scheme, cache: Path, training=None, given=(), splits=None):
    return divide(rows, training, given, scheme, splits=splits, cache=cache, seed=0)


def test_grouped_folds_hold_whole_clusters_and_leave_similar_ligands_out(tmp_path):
    rows = proteins()
    found = split(rows, "grouped", tmp_path)
    fold_of = dict(zip(found.clusters.tolist(), found.folds.tolist(), strict=True))
    assert len(fold_of) == 6
    assert all(fold_of[one] == fold for one, fold in zip(found.clusters, found.folds, strict=True))
    usable = np.ones(len(rows), dtype=bool)
    for fold in found.judged:
        held = found.folds == fold
        train = found.training(fold, usable)
        assert not (train & held).any()
        assert not set(found.smiles[train]) & set(found.smiles[held])
    near = nearness(found, usable, len(rows))
    assert not near.relative.any()
    assert not near.same_protein.any()
    assert (near.ligand_similarity < 0.9).all()


def test_random_folds_keep_relatives_and_similar_ligands(tmp_path):
    rows = proteins()
    found = split(rows, "random", tmp_path)
    usable = np.ones(len(rows), dtype=bool)
    assert not found.left_out.any()
    near = nearness(found, usable, len(rows))
    assert near.relative.mean() > 0.9
    assert near.ligand_similarity.max() == 1.0


def test_a_complex_is_one_in_all_conditions(tmp_path):
    rows = rows_of(
        id=[f"r{row}" for row in range(20)],
        complex=[f"c{row // 2}" for row in range(20)],
        condition=["crystal", "redocked"] * 10,
    )
    found = split(rows, "random", tmp_path)
    assert (found.folds[::2] == found.folds[1::2]).all()
    assert len(set(found.folds.tolist())) == 5


def test_another_manifest_trains_and_its_copies_of_judged_rows_do_not(tmp_path):
    rows = proteins(2, 3)
    training = rows_of(
        id=["r0", "t1", "t2"],
        sequence=[sequence(0), sequence(0), sequence(40)],
        smiles=["CCO", "CCO", "CCCCCCCCBr"],
    )
    found = split(rows, "grouped", tmp_path, training=training)
    usable = np.ones(9, dtype=bool)
    assert found.training(0, usable).tolist() == [False] * 7 + [True, True]
    near = nearness(found, usable, 6)
    assert near.relative.tolist() == [True] * 3 + [False] * 3
    assert near.same_protein.tolist() == near.relative.tolist()
    assert near.ligand_similarity[0] == 1.0


def test_folds_come_from_the_manifest_then_the_predictions(tmp_path):
    rows = rows_of(id=["a", "b", "c"], fold=["1", "0", "1"], cluster=["x", "", "x"])
    found = split(rows, "column", tmp_path)
    assert found.folds.tolist() == [1, 0, 1]
    assert found.clusters.tolist() == ["x", "b", "x"]
    bare = rows_of(id=["a", "b", "c"])
    columns = {"pK": ["5"] * 3, "fold": ["0", "1", "1"], "cluster": ["y", "y", "z"]}
    said = from_columns("m", "M", {name: np.array(cells) for name, cells in columns.items()})
    found = split(bare, "column", tmp_path, given=[said])
    assert found.folds.tolist() == [0, 1, 1]
    assert found.clusters.tolist() == ["y", "y", "z"]
    assert found.scheme == "the folds of M"
    with pytest.raises(UsageError, match="column fold"):
        split(bare, "column", tmp_path)
    with pytest.raises(UsageError, match="holds one value"):
        split(rows_of(id=["a", "b"], fold=["1", "1"]), "column", tmp_path)


def test_folds_come_from_a_split_file(tmp_path):
    path = tmp_path / "splits.csv"
    path.write_text(
        "id,protein_cluster,ligand_cluster,fold,left_out_of\na,p,l,0,\nb,q,l,1,0\nc,q,m,1,\n"
    )
    found = split(rows_of(id=["c", "a", "b"]), "column", tmp_path, splits=path)
    assert found.folds.tolist() == [1, 0, 1]
    assert found.clusters.tolist() == ["q", "p", "q"]
    assert found.training(0, np.ones(3, dtype=bool)).tolist() == [True, False, False]
    with pytest.raises(InputError, match="lacks 1 of 1 ids"):
        split(rows_of(id=["z"]), "column", tmp_path, splits=path)


def test_what_cannot_be_divided_is_refused(tmp_path):
    one = rows_of(id=["a", "b"], sequence=[sequence(1)] * 2)
    with pytest.raises(UsageError, match="one protein cluster"):
        split(one, "grouped", tmp_path)


def test_proteins_without_a_sequence_are_told_apart_by_their_files():
    bare = rows_of(id=["a", "b"])
    assert "by their files alone" in protein_notes(bare, ())[0]
    assert protein_notes(rows_of(id=["a"], cluster=["x"]), ()) == ()


def test_clusters_are_cached_and_found_again(tmp_path):
    first = split(proteins(), "grouped", tmp_path)
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    again = split(proteins(), "grouped", tmp_path)
    assert stamps == {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(stamps) >= 2
    assert again.folds.tolist() == first.folds.tolist()
