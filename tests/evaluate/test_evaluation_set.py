"""Reading the rows that are judged."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from molattn.errors import FileUnreadable, UsageError
from molattn.evaluate.evaluation_set import read_evaluation_set


def read(folder, text):
    (folder / "manifest.csv").write_text(text)
    return read_evaluation_set(folder / "manifest.csv")


def test_files_are_relative_to_the_manifest_and_every_row_left_out_is_told(tmp_path):
    found = read(
        tmp_path,
        "id,protein,ligand,record,pK,relation\n"
        "007,a.pdb,a.sdf,3,5.0,=\nb,b.pdb,b.sdf,,6.0,~\nc,c.pdb,c.sdf,,,\nd,d.pdb,d.sdf,,7,<\n",
    )
    assert found.id.tolist() == ["007", "b"]
    assert found.protein[0] == tmp_path / "a.pdb"
    assert found.record.tolist() == [3, 0]
    assert found.notes == (
        "1 row without a measured pK is left out.",
        "1 row whose measurement is only a bound is left out.",
    )


def test_measured_comes_before_predicted(tmp_path):
    found = read(tmp_path, "id,pK,measured_pK\na,5.5,4.0\nb,7.5,7.0\n")
    assert found.measured.tolist() == [4.0, 7.0]
    assert not found.has_structures
    assert found.complex.tolist() == ["a", "b"]


def test_gzip_is_read(tmp_path):
    path = tmp_path / "manifest.csv.gz"
    path.write_bytes(gzip.compress(b"id,pK\na,5\n"))
    assert read_evaluation_set(path).measured.tolist() == [5.0]
    path.write_bytes(gzip.compress(b"id,pK\na,5\n")[:25])
    with pytest.raises(FileUnreadable):
        read_evaluation_set(path)


def test_only_crystal_poses_are_standard_where_there_are_conditions(tmp_path):
    found = read(tmp_path, "id,pK,condition\na,5,crystal\nb,5,redocked\n")
    assert found.standard.tolist() == [True, False]
    assert read(tmp_path, "id,pK\na,5\nb,5\n").standard.all()


def test_poses_and_labels_need_no_measurement(tmp_path):
    found = read(tmp_path, "id,complex,rmsd\na,x,0.5\nb,x,3\nc,x,\n")
    assert found.id.tolist() == ["a", "b"]
    assert np.isnan(found.measured).all()
    assert not found.standard.any()


def test_semicolons_and_a_byte_order_mark_are_read(tmp_path):
    assert read(tmp_path, "\ufeffid;pK\na;5\n").measured.tolist() == [5.0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,protein\na,b\n", "no column measured_pK or pK"),
        ("name,pK\na,5\n", "no column id"),
        ("id,pK\na,5\na,6\n", "the id a more than once"),
        ("id,pK\na,\n", "no row with a measured pK"),
    ],
)
def test_unusable_manifests_are_refused(tmp_path, text, words):
    with pytest.raises(UsageError, match=words):
        read(tmp_path, text)
