"""The account of an out-of-fold table: what holds is said to hold, by third and by domain."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data_prep.coverage import coverage_report, main
from molattn.errors import EXIT_NOTHING_DONE, EXIT_OK, FileUnreadable
from molattn.predict.held_out_widths import held_out_half_widths
from molattn.predict.interval_scale import interval_inputs


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return answers whose errors follow the disagreement of members, with wrong intervals."""
    random = np.random.default_rng(0)
    count = 1500
    ensemble = np.exp(random.normal(-1, 0.6, count))
    error = random.normal(0, 2.0, count) * ensemble
    predicted = random.normal(6.5, 1.0, count)
    frame = pd.DataFrame(
        {
            "id": [f"x{row}" for row in range(count)],
            "cluster": [f"c{one}" for one in random.integers(0, 100, count)],
            "measured_pK": predicted + error,
            "pK": predicted,
            "spread": 1.0,
            "pK_low": predicted - 0.5,
            "pK_high": predicted + 0.5,
            "ensemble_spread": ensemble,
            "domain": np.array(["in", "near", "out"])[np.digitize(ensemble, [0.3, 0.6])],
        }
    )
    path = tmp_path_factory.mktemp("coverage") / "out_of_fold.csv"
    frame.to_csv(path, index=False)
    return path


def shares(report: str) -> list[float]:
    return [float(one) for one in re.findall(r"coverage ([\d.]+) %", report)]


def test_the_intervals_of_the_table_are_judged_as_they_are(table: Path) -> None:
    report = coverage_report(table)
    frame = pd.read_csv(table)
    covered = 100 * ((frame.measured_pK - frame.pK).abs() <= 0.5).mean()
    assert shares(report)[0] == pytest.approx(covered, abs=0.06)
    assert covered < 75


def test_refitted_intervals_hold_in_each_third_and_domain(table: Path) -> None:
    lines = coverage_report(table, refit=True).splitlines()
    overall, *thirds = shares("\n".join(line for line in lines if "domain" not in line))
    assert 88 < overall < 92
    assert len(thirds) == 3
    assert all(85 < one < 95 for one in thirds)
    errors = [float(one) for line in lines for one in re.findall(r"RMSE ([\d.]+) \[", line)]
    assert len(errors) == 3
    assert errors == sorted(errors)


def test_no_answer_sees_its_own_cluster() -> None:
    # the errors of one cluster are huge: its own intervals must not know of it
    random = np.random.default_rng(1)
    cluster = np.array([f"c{one}" for one in random.integers(0, 60, 900)])
    inputs = interval_inputs(aleatoric=np.ones(900))
    calm = random.normal(0, 1, 900)
    wild = np.where(cluster == "c7", 100.0 * calm, calm)
    own = cluster == "c7"
    before = held_out_half_widths(calm, inputs, cluster)
    after = held_out_half_widths(wild, inputs, cluster)
    np.testing.assert_allclose(after[own], before[own])


def test_the_command_prints_and_names_what_is_missing(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(table)]) == EXIT_OK
    assert "third 1 by width" in capsys.readouterr().out
    bare = tmp_path / "bare.csv"
    bare.write_text("id,pK\na,6\n")
    assert main([str(bare)]) == EXIT_NOTHING_DONE
    assert "no column cluster, measured_pK" in capsys.readouterr().err
    bare.write_text("id,cluster,measured_pK,pK\na,c,6,6\n")
    with pytest.raises(FileUnreadable, match="neither pK_low"):
        coverage_report(bare)
