"""From files to the table: regimes, the pairing of models, what is written, what is refused."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import AllChem

import molattn.resources
from molattn.errors import OutputError, UsageError
from molattn.evaluate.cross_validation import Column, build_lines, evaluate_folds, regime_rows
from molattn.evaluate.plots import LEVELS, observed_coverage
from molattn.evaluate.predictions import read_predictions
from molattn.evaluate.table import markdown

EXAMPLES = Path(molattn.resources.__file__).parent / "examples"
PROTEIN = EXAMPLES / "1s3v_protein.pdb"


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    """Return a folder with 40 small ligands at one site, whose pK grows with their size."""
    folder = tmp_path_factory.mktemp("series")
    centre = Chem.MolFromMolFile(str(EXAMPLES / "1s3v_ligand.sdf")).GetConformer().GetPositions()
    generator = np.random.default_rng(0)
    manifest = ["id,protein,ligand,pK"]
    said = ["id,pK,spread,fold,cluster"]
    for row in range(40):
        mol = Chem.MolFromSmiles("C" * (row % 10 + 2) + "O" * (row % 2))
        AllChem.Compute2DCoords(mol)
        conformer = mol.GetConformer()
        moved = conformer.GetPositions() + centre.mean(axis=0)
        for index, place in enumerate(moved):
            conformer.SetAtomPosition(index, [*place[:2], place[2] + 0.1 * (index % 2)])
        Chem.MolToMolFile(mol, str(folder / f"{row}.mol"))
        measured = 4 + 0.3 * mol.GetNumHeavyAtoms()
        manifest.append(f"x{row},{PROTEIN},{row}.mol,{measured:.2f}")
        said.append(f"x{row},{measured + generator.normal(0, 0.5):.3f},0.5,{row // 8},k{row // 4}")
    (folder / "manifest.csv").write_text("\n".join(manifest) + "\n")
    (folder / "said.csv").write_text("\n".join(said) + "\n")
    return folder


def test_table_holds_the_model_and_every_baseline_and_is_written(series, tmp_path):
    pytest.importorskip("sklearn")
    out = tmp_path / "out"
    chosen = ("heavy_atom_count", "ligand_trees")
    table = evaluate_folds(
        series / "said.csv", series / "manifest.csv", out, baselines=chosen, repeats=200
    )
    assert [line.model for line in table.lines] == ["model", *chosen]
    model, count, _ = table.lines
    assert count.metrics["pearson"].value == pytest.approx(1.0)
    assert model.difference == {}
    assert count.difference["rmse"].value == pytest.approx(model.metrics["rmse"].value, abs=0.01)
    assert count.difference["rmse"].low > 0
    assert 0.6 < model.coverage <= 1.0
    assert model.width == pytest.approx(2 * 1.6449 * 0.5, abs=1e-3)
    rows = list(csv.DictReader((out / "metrics.csv").read_text().splitlines()))
    assert float(rows[0]["pearson"]) == pytest.approx(model.metrics["pearson"].value, abs=1e-4)
    assert rows[1]["coverage_90"] == ""
    assert len(json.loads((out / "metrics.json").read_text())["lines"]) == 3
    assert (out / "table.md").read_text() == markdown(table)
    assert len(list(csv.DictReader((out / "baselines.csv").read_text().splitlines()))) == 40


def test_plots_are_written_where_matplotlib_is(series, tmp_path):
    pytest.importorskip("matplotlib")
    evaluate_folds(series / "said.csv", series / "manifest.csv", tmp_path, baselines=(), repeats=20)
    assert (tmp_path / "predictions.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (tmp_path / "predictions.svg").read_text()
    assert not (tmp_path / "features.npz").exists()  # no file is read without baselines


def test_calibration_of_normal_errors_is_the_diagonal(series):
    predictions = read_predictions(series / "said.csv", series / "manifest.csv")
    generator = np.random.default_rng(5)
    size = 4000
    predicted = generator.normal(6, 1, size)
    large = replace(
        predictions,
        measured=predicted + generator.normal(0, 1, size),
        predicted=predicted,
        low=predicted - 1.6449,
        high=predicted + 1.6449,
    )
    assert observed_coverage(large) == pytest.approx(LEVELS, abs=0.03)


def test_regimes_divide_rows_by_their_relatives():
    clusters = np.array(["a"] * 30 + ["b"] * 25 + ["c"] * 25)
    folds = np.array([0, 1] * 15 + [0] * 25 + [1] * 25)
    rows = regime_rows(folds, clusters)
    assert list(rows) == ["all", "relative", "no_relative"]
    assert np.flatnonzero(rows["relative"]).tolist() == list(range(30))
    assert (rows["relative"] ^ rows["no_relative"]).all()


def test_grouped_folds_have_one_regime():
    assert list(regime_rows(np.repeat([0, 1], 40), np.repeat(["a", "b"], 40))) == ["all"]
    assert list(regime_rows(None, np.repeat(["a", "b"], 40))) == ["all"]


def test_the_same_model_twice_differs_by_nothing(series):
    predictions = read_predictions(series / "said.csv", series / "manifest.csv")
    columns = (
        Column("model", "model", predictions.predicted),
        Column("twin", "twin", predictions.predicted),
    )
    twin = build_lines(predictions, columns, repeats=50)[1]
    assert all(
        (figure.value, figure.low, figure.high) == (0.0, 0.0, 0.0)
        for figure in twin.difference.values()
    )


def test_baselines_without_folds_are_refused(series, tmp_path):
    said = tmp_path / "said.csv"
    said.write_text("id,pK\nx0,5\nx1,6\n")
    with pytest.raises(UsageError, match="no column fold"):
        evaluate_folds(said, series / "manifest.csv", tmp_path / "out")
    said.write_text("id,pK,fold\nx0,5,1\nx1,6,1\n")
    with pytest.raises(UsageError, match="at least two folds"):
        evaluate_folds(said, series / "manifest.csv", tmp_path / "out")
    said.write_text("id,fold\nx0,1\nx1,0\n")
    with pytest.raises(UsageError, match="nothing is left to judge"):
        evaluate_folds(said, series / "manifest.csv", tmp_path / "out", baselines=())


def test_an_unknown_baseline_names_the_known_ones(series, tmp_path):
    with pytest.raises(UsageError, match="heavy_atom_count"):
        evaluate_folds(
            series / "said.csv", series / "manifest.csv", tmp_path, baselines=("crystal_ball",)
        )


def test_a_file_in_place_of_the_output_folder_is_refused(series, tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(OutputError, match="cannot be made a folder"):
        evaluate_folds(series / "said.csv", series / "manifest.csv", tmp_path / "out", baselines=())
