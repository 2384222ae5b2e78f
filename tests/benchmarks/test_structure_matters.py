"""The command on the packaged complexes, each fold answered by the packaged weights."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from benchmarks.structure_matters import ligand_only, main
from molattn.errors import InputError, UsageError
from molattn.evaluate.run_folds import Held, finished_folds, fold_ensemble, held_out
from molattn.predict import Predictor
from molattn.predict.weights import shipped_weights_path
from molattn.resources import ExampleComplex
from molattn.train.answers import CRYSTAL_COLUMNS, write_lines
from molattn.train.config import TrainConfig
from molattn.train.config_file import write_config
from molattn.train.manifest import read_rows
from molattn.train.prepare import divide

SEQUENCES = ("ACDEFGHIKL" * 8, "MNPQRSTVWY" * 8, "LKIHGFEDCA" * 8, "YWVTSRQPNM" * 8)


@pytest.fixture
def recipe(tmp_path: Path, complexes: dict[str, ExampleComplex]) -> TrainConfig:
    """Return a recipe of two members on the packaged complexes, each with its own protein."""
    lines = [
        f"{name},{one.protein},{one.ligand},{5.0 + number},{sequence}"
        for number, ((name, one), sequence) in enumerate(
            zip(complexes.items(), SEQUENCES, strict=True)
        )
    ]
    manifest = tmp_path / "index.csv"
    manifest.write_text("\n".join(["id,protein,ligand,pK,sequence", *lines]) + "\n")
    return TrainConfig.model_validate(
        {
            "name": "tiny",
            "data": {"manifest": str(manifest), "cache": str(tmp_path / "cache")},
            "split": {"folds": 2, "validation": 0.0, "ligand_similarity": None},
            "members": {"first": {"seed": 1, "weight": 0.25}, "second": {"seed": 2}},
        }
    )


@pytest.fixture
def run(tmp_path: Path, recipe: TrainConfig) -> Path:
    """Return a run of one fold that holds out all four complexes; both members are the shipped."""
    rows = read_rows(recipe)
    lines = [
        {"id": row.id, "fold": 0, "cluster": f"P{place}", "measured_pK": row.pK, "source": ""}
        for place, row in enumerate(rows)
    ]
    weights = shipped_weights_path()
    for member in recipe.members:
        folder = tmp_path / "run" / member / "fold-0"
        folder.mkdir(parents=True)
        for suffix in (".safetensors", ".json"):
            shutil.copy(weights.with_suffix(suffix), folder / f"weights{suffix}")
        write_lines(lines, CRYSTAL_COLUMNS, folder / "held_out.csv")
        (tmp_path / "run" / member / "fold-1").mkdir()
    return tmp_path / "run"


def test_members_of_a_fold_answer_as_one(run: Path, recipe: TrainConfig) -> None:
    assert finished_folds(run, recipe) == [0]
    ensemble = fold_ensemble(run, recipe, 0)
    assert ensemble.mixing.new == pytest.approx({"first": 0.25, "second": 0.75})
    with pytest.raises(UsageError, match="no fold"):
        finished_folds(run / "first", recipe)


def test_the_command_end_to_end(
    run: Path,
    recipe: TrainConfig,
    complexes: dict[str, ExampleComplex],
    capsys: pytest.CaptureFixture[str],
) -> None:
    path, floor = run.parent / "recipe.yaml", run.parent / "floor.csv"
    write_config(recipe, path)
    floor.write_text("id,pK\n1ia1,6.0\n1of6,5.5\n1s3v,6.1\n1uou,6.2\n")
    main([str(run), "--config", str(path), "--ligand-only", str(floor)])
    said = capsys.readouterr().out
    assert said.startswith("4 complexes of 4 protein clusters in 1 folds")
    for condition in ("as it is", "in another pocket", "in a wrong pose", "ligand only"):
        assert f"| {condition} |" in said
    predictor = Predictor.load()
    scores = [predictor.score(one.protein, one.ligand).pK for one in complexes.values()]
    known = np.corrcoef(scores, [5.0, 6.0, 7.0, 8.0])[0, 1]
    shown = next(line for line in said.splitlines() if line.startswith("| as it is"))
    assert float(shown.split("|")[2].split("[")[0]) == pytest.approx(known, abs=2e-3)


def test_other_data_than_those_of_the_run_are_refused(run: Path, recipe: TrainConfig) -> None:
    manifest = recipe.data.manifest
    lines = manifest.read_text().splitlines()
    manifest.write_text("\n".join(lines[:-1]) + "\n")
    with pytest.raises(InputError, match="has no 1uou"):
        held_out(run, recipe, 0)


def test_ligand_trees_do_not_see_the_label_that_they_answer_for(recipe: TrainConfig) -> None:
    pytest.importorskip("sklearn")
    rows = read_rows(recipe)
    folds = divide(rows, recipe, quiet=True).folds
    held = [Held(row, fold, row.id) for row, fold in zip(rows, folds, strict=True)]
    said = ligand_only(recipe, held)
    assert set(said) == {row.id for row in rows}
    with recipe.data.manifest.open() as stream:
        lines = list(csv.DictReader(stream))
    lines[0]["pK"] = "11.0"
    write_lines(lines, list(lines[0]), recipe.data.manifest)
    again = ligand_only(recipe, held)
    own, mates = (
        rows[0].id,
        [row.id for row, fold in zip(rows, folds, strict=True) if fold != folds[0]],
    )
    assert again[own] == pytest.approx(said[own])
    assert all(again[mate] > said[mate] for mate in mates)
    wrong = [Held(one.row, 1 - one.fold, one.cluster) for one in held]
    with pytest.raises(InputError, match="in fold"):
        ligand_only(recipe, wrong)
