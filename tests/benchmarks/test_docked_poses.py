"""Figures of docked poses on made-up tables whose answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.docked_poses import (
    auc_of_all,
    auc_within,
    calibrated,
    calibration_error,
    decidable,
    first_is_near,
    main,
    parts_of,
    read_poses,
    scores_of,
    standardised,
)
from molattn.errors import InputError, UsageError
from molattn.train.answers import POSE_COLUMNS, write_lines

SETS, DRAWN = 30, 8


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Return the index of a run whose confidence is a probability and whose energies are wrong.

    Every third complex is a lipid, the last has no pose within 2 Å, the first has a relaxed
    crystal pose.
    """
    random = np.random.default_rng(0)
    rows, lines = [], []
    for number in range(SETS):
        for pose in range(DRAWN + (number == 0)):
            name, last = f"c{number:02d}_{pose}", number == SETS - 1
            near = pose == DRAWN or (not last and (pose == 0 or random.random() < 0.2))
            rmsd = random.uniform(0.2, 1.9) if near else random.uniform(2.1, 9.0)
            confidence = random.beta(8, 2) if near else random.beta(2, 8)
            rows.append(
                {
                    "id": name,
                    "complex": f"c{number:02d}",
                    "source": "x/lipid_set" if number % 3 == 0 else "x/redocked",
                    "kind": "optimised crystal" if pose == DRAWN else "docked",
                    "rmsd": rmsd,
                    "score": -5.0 - rmsd,
                }
            )
            lines.append(
                {
                    "id": f"poses:{name}",
                    "source": "poses",
                    "complex": f"c{number:02d}",
                    "fold": number % 4,
                    "cluster": f"P{number // 2}",
                    "pose": 0,
                    "rmsd": rmsd,
                    "clashes": 0,
                    "near_native": int(near),
                    "pK": 6.0,
                    "pose_confidence": round(confidence, 4),
                }
            )
    lines.append({**lines[0], "id": "1abc", "source": ""})  # a moved crystal pose is none of these
    write_lines(rows, list(rows[0]), tmp_path / "index.csv")
    write_lines(lines, POSE_COLUMNS, tmp_path / "out_of_fold_poses.csv")
    return tmp_path / "index.csv"


def test_columns_of_both_tables_meet(index: Path) -> None:
    poses, docked = read_poses(index.parent, index, "poses")
    assert len(poses) == SETS * DRAWN + 1 and (~docked).sum() == 1
    assert poses.lipid.mean() == pytest.approx(1 / 3, abs=0.01)
    sets = poses.take(decidable(poses))
    assert len(np.unique(sets.complex)) == SETS - 1


def test_a_right_score_ranks_right_and_a_wrong_one_wrong(index: Path) -> None:
    poses, docked = read_poses(index.parent, index, "poses")
    sets = poses.take(docked & decidable(poses))
    scores = scores_of(sets, sets.complex)
    assert first_is_near(sets, scores["pose confidence"]).mean() > 0.8
    assert first_is_near(sets, scores["docking program"]).max() == 0.0
    assert first_is_near(sets, -sets.rmsd).min() == 1.0
    tied = first_is_near(sets, np.zeros(len(sets)))
    share = [sets.near[sets.complex == name].mean() for name in np.unique(sets.complex)]
    np.testing.assert_allclose(tied, share)
    for figure in (auc_of_all, auc_within):
        assert figure(sets, -sets.rmsd).value == 1.0
        assert figure(sets, sets.rmsd).value == 0.0
        found = figure(sets, scores["pose confidence"])
        assert 0.8 < found.low < found.value <= found.high <= 1.0


def test_scores_are_standardised_among_the_poses_that_are_compared() -> None:
    values = np.array([1.0, 3.0, 10.0, 30.0, 5.0])
    labels = np.array(["a", "a", "b", "b", "c"])
    np.testing.assert_allclose(standardised(values, labels), [-1.0, 1.0, -1.0, 1.0, 0.0])
    assert standardised(values).std() == pytest.approx(1.0)


def test_calibration_is_fitted_on_other_folds_and_helps(index: Path) -> None:
    poses, _ = read_poses(index.parent, index, "poses")
    off = poses.take(np.ones(len(poses), dtype=bool))
    off.logit[:] = poses.logit + 4.0  # much too sure
    probability = calibrated(off)
    before = calibration_error(off, 1 / (1 + np.exp(-off.logit)))
    assert calibration_error(off, probability).value < 0.1 < before.value
    fold = off.fold == 0
    off.rmsd[fold] = 9.0 - off.rmsd[fold]  # what is asked about does not teach
    np.testing.assert_allclose(calibrated(off)[fold], probability[fold])


def test_clusters_of_a_single_fold_are_dealt(index: Path) -> None:
    poses, _ = read_poses(index.parent, index, "poses")
    poses.fold[:] = 2
    parts = parts_of(poses)
    assert len(np.unique(parts)) > 1
    for name in np.unique(poses.cluster):
        assert len(np.unique(parts[poses.cluster == name])) == 1


def test_the_command(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(index.parent), "--poses", str(index)])
    said = capsys.readouterr().out
    assert f"all: {SETS * DRAWN} docked poses of {SETS} complexes" in said
    assert "redocked: " in said and "lipids: " in said
    assert "of 1 complexes: pose confidence" in said
    assert f"| docking program | {SETS - 1} | 0.000" in said
    assert "calibrated on the other folds" in said


def test_what_is_missing_is_named(index: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="of the source docks"):
        read_poses(index.parent, index, "docks")
    with pytest.raises(UsageError, match="holds no out_of_fold_poses"):
        read_poses(tmp_path / "elsewhere", index, "poses")
    index.write_text("\n".join(index.read_text().splitlines()[:-1]) + "\n")
    with pytest.raises(InputError, match="no score of c29_7"):
        read_poses(index.parent, index, "poses")
