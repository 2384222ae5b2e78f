"""Each row is scored by the network of its fold."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from data_prep.fold_scores import score_by_folds
from molattn.errors import FileUnreadable, InputError
from molattn.predict import Predictor
from molattn.predict.weights import SHIPPED_WEIGHTS
from molattn.resources import ExampleComplex


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return a cross-validation of one fold, the packaged weights being its network."""
    import molattn.resources

    folder = Path(molattn.resources.__file__).parent / "weights"
    fold = tmp_path / "run" / "fold-3"
    fold.mkdir(parents=True)
    for suffix in (".safetensors", ".json"):
        shutil.copy(folder / f"{SHIPPED_WEIGHTS}{suffix}", fold / f"weights{suffix}")
    (tmp_path / "run" / "out_of_fold.csv").write_text("id,fold\n1s3v,3\n4e49,3\n")
    return tmp_path / "run"


def test_poses_of_a_complex_go_to_its_fold(
    run: Path, tmp_path: Path, complex_1s3v: ExampleComplex
) -> None:
    manifest = tmp_path / "index.csv"
    files = f"{complex_1s3v.protein},{complex_1s3v.ligand},0"
    manifest.write_text(
        "id,complex,protein,ligand,record\n"
        f"4e49_crystal,4e49,{files}\n1s3v_crystal,1s3v,{files}\nother,unknown,{files}\n"
    )
    scores = score_by_folds(manifest, run, workers=1)
    assert scores["id"].tolist() == ["4e49_crystal", "1s3v_crystal"]
    expected = Predictor.load().score(complex_1s3v.protein, complex_1s3v.ligand).pK
    assert scores["pK"].to_numpy() == pytest.approx([expected, expected], abs=5e-5)


def test_a_manifest_of_other_complexes(run: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "index.csv"
    manifest.write_text("id,protein,ligand\nother,a.pdb,b.sdf\n")
    with pytest.raises(InputError, match="Not one row"):
        score_by_folds(manifest, run, workers=1)


def test_a_run_without_answers(tmp_path: Path) -> None:
    manifest = tmp_path / "index.csv"
    manifest.write_text("id,protein,ligand\nother,a.pdb,b.sdf\n")
    with pytest.raises(FileUnreadable, match=r"out_of_fold\.csv cannot be read"):
        score_by_folds(manifest, tmp_path, workers=1)
