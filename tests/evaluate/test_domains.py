"""Errors by applicability domain: what grows is seen to, what is no grade is left alone."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from molattn.evaluate import Settings, evaluate
from molattn.evaluate.domains import DOMAINS, judge_domains, known_domains
from tests.evaluate.rows import write_series

SIZES = {"in": 0.6, "near": 1.0, "out": 1.6}


@pytest.fixture(scope="module")
def rows():
    """Return measured, predicted, domain and cluster of 900 rows whose errors grow by grade."""
    generator = np.random.default_rng(0)
    domain = np.repeat(DOMAINS, 300)
    generator.shuffle(domain)
    predicted = generator.normal(6.5, 1.0, 900)
    error = generator.normal(0, 1, 900) * np.array([SIZES[one] for one in domain])
    cluster = np.array([f"c{one}" for one in generator.integers(0, 90, 900)])
    return predicted + error, predicted, domain, cluster


def test_growing_errors_are_seen_to_grow(rows):
    found = judge_domains(*rows, repeats=300)
    assert [one.domain for one in found] == list(DOMAINS)
    assert [one.rows for one in found] == [300] * 3
    for one in found:
        assert one.rmse.value == pytest.approx(SIZES[one.domain], rel=0.1)
        assert one.rmse.low < one.rmse.value < one.rmse.high
    assert np.isnan(found[0].increase.value)
    for before, one in pairwise(found):
        assert one.increase.value == pytest.approx(one.rmse.value - before.rmse.value)
        assert one.increase.low > 0


def test_errors_that_do_not_grow_are_not_said_to(rows):
    measured, predicted, domain, cluster = rows
    shuffled = np.random.default_rng(1).permutation(domain)
    found = judge_domains(measured, predicted, shuffled, cluster, repeats=300)
    assert all(one.increase.low < 0 < one.increase.high for one in found[1:])


def test_intervals_of_one_width_cover_less_the_farther_from_training(rows):
    measured, predicted, domain, cluster = rows
    interval = predicted - 1.645, predicted + 1.645
    found = judge_domains(measured, predicted, domain, cluster, interval, repeats=20)
    covered = [one.coverage.value for one in found]
    assert covered == sorted(covered, reverse=True)
    assert all(one.coverage.low < one.coverage.value < one.coverage.high for one in found)
    assert all(one.width == pytest.approx(3.29) for one in found)


def test_rows_with_gaps_and_absent_grades_are_left_out(rows):
    measured, predicted, domain, cluster = (column.copy() for column in rows)
    predicted[:10] = np.nan
    domain[domain == "near"] = ""
    found = judge_domains(measured, predicted, domain, cluster, repeats=20)
    assert [one.domain for one in found] == ["in", "out"]
    assert sum(one.rows for one in found) == (np.isfinite(predicted) & (domain != "")).sum()
    assert np.isnan(found[0].coverage.value) and np.isnan(found[0].width)
    assert judge_domains(measured, predicted, np.full(900, ""), cluster) == ()


def test_a_column_of_other_domains_is_none_of_ours():
    assert known_domains(np.array(["SH2", "kinase"])) is None
    assert known_domains(np.array(["", ""])) is None
    assert known_domains(np.array(["in", "", "out"])) is not None


def test_predictions_with_a_domain_are_judged_by_it(tmp_path: Path):
    manifest = write_series(tmp_path)
    lines = manifest.read_text().splitlines()[1:]
    said = ["id,pK,spread,domain"]
    for number, line in enumerate(lines):
        error = (0.1, 0.5, 1.0)[number % 3] * (-1) ** (number // 3)
        pk = float(line.split(",")[3]) + error
        said.append(f"{line.split(',')[0]},{pk:.2f},0.5,{DOMAINS[number % 3]}")
    (tmp_path / "said.csv").write_text("\n".join(said) + "\n")
    settings = Settings(predictions=(str(tmp_path / "said.csv"),), baselines="none", repeats=20)
    table = evaluate(manifest, tmp_path / "out", settings).table
    (section,) = [one for one in table.sections if one.name.startswith("domains")]
    assert [row[0] for row in section.rows] == list(DOMAINS)
    errors = [row[3].value for row in section.rows]
    assert errors == pytest.approx([0.1, 0.5, 1.0], abs=0.01)
    assert "Errors should grow downwards" in (tmp_path / "out" / "table.md").read_text()
