"""Reading predictions and joining them to a manifest."""

from __future__ import annotations

import numpy as np
import pytest

from molattn.errors import FileUnreadable, UsageError
from molattn.evaluate.predictions import read_predictions

MANIFEST = "id,protein,ligand,pK\n1a,a.pdb,a.sdf,5.0\n1b,b.pdb,b.sdf,6.0\n1c,c.pdb,c.sdf,\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "manifest.csv").write_text(MANIFEST)
    return tmp_path


def read(folder, text):
    (folder / "said.csv").write_text(text)
    return read_predictions(folder / "said.csv", folder / "manifest.csv")


def test_rows_follow_the_predictions_and_paths_the_manifest(folder):
    found = read(folder, "id,pK,fold,cluster\n1b,6.5,1,x\n1a,5.5,0,y\n")
    assert found.id.tolist() == ["1b", "1a"]
    assert found.measured.tolist() == [6.0, 5.0]
    assert found.predicted.tolist() == [6.5, 5.5]
    assert found.fold.tolist() == [1, 0]
    assert found.cluster.tolist() == ["x", "y"]
    assert found.ligand == (folder / "b.sdf", folder / "a.sdf")
    assert found.low is None
    assert found.dropped == ()


def test_measurements_of_the_predictions_come_first(folder):
    found = read(folder, "id,pK,measured_pK\n1a,5.5,4.0\n1c,7.5,7.0\n")
    assert found.measured.tolist() == [4.0, 7.0]
    assert found.cluster.tolist() == ["1a", "1c"]  # every row its own
    assert found.fold is None


def test_every_row_left_out_is_accounted_for(folder):
    found = read(folder, "id,pK\n1a,5.5\n1b,\n1c,7.0\n9z,7.0\n")
    assert found.id.tolist() == ["1a"]
    assert found.dropped == (
        "1 rows that the manifest does not hold are left out.",
        "1 rows without a measured pK are left out.",
        "1 rows without a predicted pK are left out.",
    )


def test_a_spread_becomes_the_ninety_percent_interval_of_a_normal_error(folder):
    found = read(folder, "id,pK,spread\n1a,5.0,1.0\n1b,6.0,2.0\n")
    assert found.high - found.predicted == pytest.approx([1.6449, 3.2897], abs=1e-4)
    assert found.predicted - found.low == pytest.approx([1.6449, 3.2897], abs=1e-4)


def test_given_intervals_come_before_a_spread(folder):
    found = read(folder, "id,pK,spread,pK_low,pK_high\n1a,5.0,1.0,4.0,7.0\n")
    assert (found.low.tolist(), found.high.tolist()) == ([4.0], [7.0])


def test_predictions_may_be_missing_altogether(folder):
    found = read(folder, "id,fold\n1a,0\n1b,1\n")
    assert found.predicted is None
    assert len(found) == 2


def test_ids_that_look_like_numbers_stay_text(tmp_path):
    (tmp_path / "manifest.csv").write_text("id,protein,ligand,pK\n007,a.pdb,a.sdf,5\n")
    assert read(tmp_path, "id,pK\n007,5\n").id.tolist() == ["007"]


def test_select_keeps_columns_in_step(folder):
    found = read(folder, "id,pK,spread,fold\n1a,5.5,1,0\n1b,6.5,2,1\n")
    kept = found.select(np.array([False, True]))
    assert kept.id.tolist() == ["1b"]
    assert kept.protein == (folder / "b.pdb",)
    assert kept.low.tolist() == found.low[1:].tolist()
    assert kept.fold.tolist() == [1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,pK\n1a,5\n", "has no column id"),
        ("id,pK\n1a,5\n1a,6\n", "holds the id 1a more than once"),
        ("id,pK\n9z,5\n", "share no id"),
    ],
)
def test_unusable_tables_are_refused_in_a_sentence(folder, text, words):
    with pytest.raises(UsageError, match=words):
        read(folder, text)


def test_missing_and_empty_files_are_refused(folder):
    with pytest.raises(FileUnreadable, match="does not exist"):
        read_predictions(folder / "absent.csv", folder / "manifest.csv")
    (folder / "empty.csv").write_text("")
    with pytest.raises(FileUnreadable, match="cannot be read as CSV"):
        read_predictions(folder / "empty.csv", folder / "manifest.csv")
    with pytest.raises(FileUnreadable, match="cannot be read as CSV"):
        read_predictions(folder, folder / "manifest.csv")


def test_a_manifest_without_measurements_is_refused(tmp_path):
    (tmp_path / "manifest.csv").write_text("id,protein,ligand\n1a,a.pdb,a.sdf\n")
    with pytest.raises(UsageError, match="measured pK"):
        read(tmp_path, "id,pK\n1a,5\n")
