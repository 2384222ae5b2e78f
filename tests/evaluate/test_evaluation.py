"""From files to the table: models, baselines, regimes, conditions, what is written and refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from molattn.errors import MissingExtra, OutputError, UsageError
from molattn.evaluate import Settings, evaluate
from molattn.evaluate.table import markdown
from tests.evaluate.rows import write_series

BASIC = "heavy_atom_count,nearest_neighbours"


@pytest.fixture(scope="module")
def series(tmp_path_factory) -> Path:
    """Return a folder with a manifest of 40 ligands and predictions of two models for them."""
    folder = tmp_path_factory.mktemp("series")
    rows = records(write_series(folder))
    generator = np.random.default_rng(0)
    lines = {"said": ["id,pK,spread,pose_confidence"], "noise": ["id,score"]}
    for row in rows:
        error = generator.normal(0, 0.5)
        lines["said"].append(f"{row['id']},{float(row['pK']) + error:.3f},0.5,0.9")
        lines["noise"].append(f"{row['id']},{generator.normal(-6, 1):.3f}")
    for name, text in lines.items():
        (folder / f"{name}.csv").write_text("\n".join(text) + "\n")
    return folder


@pytest.fixture(scope="module")
def grouped(series, tmp_path_factory):
    """Return an evaluation with everything in it, and its folder."""
    out = tmp_path_factory.mktemp("out")
    found = evaluate(
        series / "manifest.csv",
        out,
        Settings(
            predictions=(f"model={series}/said.csv", f"noise={series}/noise.csv:score"),
            baselines=BASIC,
            repeats=60,
            cache=series / "cache",
        ),
    )
    return found, out


def records(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_holds_every_model_and_baseline(grouped):
    found, out = grouped
    names = ["model", "noise", "heavy_atom_count", "nearest_neighbours"]
    assert [line.model for line in found.table.lines] == names
    model, noise, count, _ = found.table.lines
    assert count.metrics["pearson"].value == pytest.approx(1.0)
    assert model.difference == {}
    assert noise.difference["rmse"].high < 0
    assert model.width == pytest.approx(2 * 1.6449 * 0.5, abs=1e-3)
    assert 0.6 < model.coverage <= 1.0
    assert found.unusable == 0
    assert model.within["pearson"].clusters == 5
    rows = records(out / "metrics.csv")
    assert float(rows[0]["pearson"]) == pytest.approx(model.metrics["pearson"].value, abs=1e-4)
    assert json.loads((out / "metrics.json").read_text())["sections"]["ranking_power"]["rows"]
    assert (out / "table.md").read_text() == markdown(found.table)
    assert "<html" in (out / "report.html").read_text()


def test_every_row_is_written_with_its_distances(grouped):
    found, out = grouped
    rows = records(out / "rows.csv")
    assert len(rows) == 40
    first = rows[0]
    assert {one["regime"] for one in rows} == {"no_relative"}
    assert all(0 <= float(one["ligand_similarity"]) < 0.9 for one in rows)
    assert float(first["model_high"]) > float(first["model"]) > float(first["model_low"])
    assert len({one["fold"] for one in rows}) == 5
    assert "0 of 40 rows have a protein of their cluster" in " ".join(found.table.notes)


def test_groups_are_the_series_and_every_pair_is_compared(grouped):
    _, out = grouped
    groups = records(out / "groups.csv")
    assert {one["group"] for one in groups} == {"s0", "s1", "s2", "s3", "s4"}
    assert len(groups) == 5 * 4
    pairs = records(out / "comparisons.csv")
    assert len({(one["first"], one["second"]) for one in pairs}) == 6
    assert len(pairs) == 6 * 5


def test_a_second_run_reads_no_structure(series, grouped, tmp_path):
    _, _ = grouped
    stamps = {path: path.stat().st_mtime_ns for path in (series / "cache").iterdir()}
    settings = Settings(score=False, baselines=BASIC, repeats=20, cache=series / "cache")
    evaluate(series / "manifest.csv", tmp_path, settings)
    assert stamps == {path: path.stat().st_mtime_ns for path in (series / "cache").iterdir()}


def test_random_folds_report_both_regimes(series, tmp_path):
    text = (series / "manifest.csv").read_text().splitlines()
    alone = [line for row, line in enumerate(text[1:]) if row < 16]
    from tests.evaluate.rows import sequence

    for row in range(24):  # as many proteins without any relative
        cells = text[17 + row].split(",")
        cells[4] = sequence(100 + row)
        alone.append(",".join(cells))
    path = series / "mixed.csv"
    path.write_text("\n".join([text[0], *alone, *alone[:0]]) + "\n")
    found = evaluate(
        path,
        tmp_path,
        Settings(
            score=False,
            folds="random",
            baselines="heavy_atom_count",
            repeats=20,
            cache=series / "cache",
        ),
    )
    assert {line.regime: line.rows for line in found.table.lines}["no_relative"] == 24
    assert "16 of 40 rows have a protein of their cluster" in " ".join(found.table.notes)


def test_another_manifest_trains_the_baselines(series, tmp_path):
    text = (series / "manifest.csv").read_text().splitlines()
    train, test = series / "train.csv", series / "test.csv"
    train.write_text("\n".join([text[0], *text[17:]]) + "\n")
    test.write_text("\n".join([text[0], *text[1:17]]) + "\n")
    found = evaluate(
        test,
        tmp_path,
        Settings(train=train, score=False, baselines=BASIC, repeats=20, cache=series / "cache"),
    )
    line = found.table.lines[0]
    assert (line.rows, line.folds) == (16, {})
    assert line.metrics["rmse"].value < 0.01
    assert len(records(tmp_path / "rows.csv")) == 16


def test_rows_without_an_answer_are_told_and_left_out_for_all(series, tmp_path):
    said = tmp_path / "said.csv"
    lines = (series / "said.csv").read_text().splitlines()
    said.write_text("\n".join(lines[:-3]) + "\n")
    found = evaluate(
        series / "manifest.csv",
        tmp_path / "out",
        Settings(predictions=(str(said),), baselines="none", repeats=20, cache=series / "cache"),
    )
    assert found.unusable == 3
    assert found.table.lines[0].rows == 37
    assert found.table.lines[0].missing == 3
    last = records(tmp_path / "out" / "rows.csv")[-1]
    assert (last["in_table"], last["reason"]) == ("0", "said: not in the predictions")


def test_an_unreadable_ligand_is_told(series, tmp_path):
    text = (series / "manifest.csv").read_text().splitlines()
    text[1] = text[1].replace(",0.mol,", ",absent.mol,")
    path = series / "broken.csv"
    path.write_text("\n".join(text) + "\n")
    settings = Settings(score=False, baselines=BASIC, repeats=20, cache=series / "cache")
    found = evaluate(path, tmp_path, settings)
    assert found.unusable == 1
    assert "absent.mol" in records(tmp_path / "rows.csv")[0]["reason"]


def test_an_energy_is_recognised_by_its_sign(tmp_path):
    rows = ["id,pK,energy"] + [f"r{row},{4 + row / 10},{-6 - row / 10}" for row in range(30)]
    path = tmp_path / "manifest.csv"
    path.write_text("\n".join(rows) + "\n")
    found = evaluate(
        path, tmp_path / "out", Settings(predictions=(f"vina={path}:energy",), repeats=20)
    )
    assert "vina falls where pK rises" in " ".join(found.table.notes)
    assert "No baseline is fitted" in " ".join(found.table.notes)
    turned = Settings(predictions=(f"vina={path}:-energy",), repeats=20)
    again = evaluate(path, tmp_path / "out", turned)
    assert again.table.lines[0].metrics["pearson"].value == pytest.approx(1.0)


def test_one_table_says_what_each_condition_costs(tmp_path):
    generator = np.random.default_rng(4)
    rows = ["id,complex,condition,measured_pK,pK"]
    for row in range(40):
        measured = generator.normal(6, 1.5)
        for condition, error in (("crystal", 0.3), ("redocked", 0.6), ("placed", 2.0)):
            if (row, condition) == (7, "placed"):
                continue
            said = measured + generator.normal(0, error)
            rows.append(f"r{row}_{condition},r{row},{condition},{measured:.3f},{said:.3f}")
    path = tmp_path / "manifest.csv"
    path.write_text("\n".join(rows) + "\n")
    evaluate(path, tmp_path, Settings(folds="random", repeats=100))
    found = records(tmp_path / "pose_robustness.csv")
    assert [one["condition"] for one in found] == ["crystal", "placed", "redocked"]
    assert {one["rows"] for one in found} == {"39"}  # those that stand in all conditions
    placed = found[1]
    assert float(placed["rmse_change_low"]) > 0
    assert float(placed["pearson_change"]) == pytest.approx(
        float(placed["pearson"]) - float(found[0]["pearson"]), abs=2e-4
    )
    assert records(tmp_path / "metrics.csv")[0]["rows"] == "40"


def test_poses_and_actives_are_ranked_without_a_measurement(tmp_path):
    rows = ["id,complex,rmsd,label,target,mine"]
    for row in range(30):
        rmsd = 1.0 if row % 3 == 1 else 4.0 + row
        rows.append(f"r{row},c{row // 3},{rmsd},{int(row < 5)},t,{-rmsd}")
    path = tmp_path / "poses.csv"
    path.write_text("\n".join(rows) + "\n")
    found = evaluate(
        path, tmp_path, Settings(predictions=(f"mine={path}:mine",), folds="random", repeats=20)
    )
    assert found.table.lines == ()
    docking = records(tmp_path / "docking_power.csv")
    assert (docking[0]["complexes"], docking[0]["top_1"]) == ("10", "1.0")
    assert records(tmp_path / "enrichment_mine.csv")[0]["actives"] == "5"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Settings(baselines="crystal_ball"), "crystal_ball"),
        (Settings(baselines="none", score=False), "nothing is left to judge"),
        (Settings(baselines="none", score=False, group="colour"), "no column colour"),
        (Settings(score=False, folds="column"), "column fold"),
        (Settings(score=False, folds="random", splits=Path("x.csv")), "leave out --folds"),
    ],
)
def test_what_makes_no_sense_is_refused(series, tmp_path, settings, words):
    with pytest.raises(UsageError, match=words):
        evaluate(series / "manifest.csv", tmp_path, settings)


def test_two_models_of_one_name_are_refused(series, tmp_path):
    settings = Settings(predictions=(f"{series}/said.csv",) * 2, baselines="none")
    with pytest.raises(UsageError, match="Two sets of predictions are called said"):
        evaluate(series / "manifest.csv", tmp_path, settings)


def test_a_file_in_place_of_the_output_folder_is_refused(series, tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(OutputError, match="cannot be made a folder"):
        evaluate(series / "manifest.csv", tmp_path / "out", Settings(score=False))


def test_a_missing_extra_leaves_one_baseline_out_or_is_named(monkeypatch):
    import importlib.util

    from molattn.evaluate.fitted_baselines import available

    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "vina" else real(name)
    )
    kept, notes = available(("heavy_atom_count", "vina_energy"), asked=False)
    assert kept == ("heavy_atom_count",)
    assert "pip install 'molattn[dock]'" in notes[0]
    with pytest.raises(MissingExtra, match="vina is not installed"):
        available(("vina_energy",), asked=True)
