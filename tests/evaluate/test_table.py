"""The table and its sections: the same figures in CSV, JSON and Markdown, gaps as gaps."""

from __future__ import annotations

import csv
import json
import math
import stat
from dataclasses import replace

import numpy as np
import pytest

from molattn.errors import OutputError, UsageError
from molattn.evaluate.comparison import (
    compare,
    compare_within,
    condition_losses,
    paired,
    two_sided_share,
)
from molattn.evaluate.docking_power import docking_power
from molattn.evaluate.enrichment import enrichment, mean_over_targets
from molattn.evaluate.groups import by_group
from molattn.evaluate.intervals import judge_intervals
from molattn.evaluate.metrics import (
    Bootstrap,
    Estimate,
    WithinCluster,
    kendall,
    pearson,
)
from molattn.evaluate.ranking import ranking_power
from molattn.evaluate.sections import (
    comparison_section,
    condition_section,
    docking_section,
    enrichment_section,
    group_section,
    interval_section,
    ranking_section,
)
from molattn.evaluate.table import (
    FoldMean,
    Heading,
    Line,
    Section,
    Table,
    flatten,
    flatten_row,
    line_blocks,
    markdown,
    section_block,
    write_csv,
    write_json,
    write_markdown,
    write_sections,
)

NAN = float("nan")
LINE = Line(
    model="model",
    title="molattn",
    regime="all",
    rows=40,
    clusters=9,
    metrics={"pearson": Estimate(0.7, 0.6, 0.8), "rmse": Estimate(1.25, 1.1, NAN)},
    folds={"pearson": FoldMean(0.68, 0.04)},
    within={"pearson": WithinCluster(Estimate(0.4, 0.2, 0.6), 3, 25)},
    coverage=0.9,
    width=3.5,
    difference={},
)
SECTION = Section(
    "by_target",
    "Within each target",
    (Heading("target", "target"), Heading("n", "n"), Heading("r", "R"), Heading("x", "x", ".1%")),
    (("CDK2", 5, Estimate(0.5, 0.1, 0.9), 0.123), ("MCL1", 2, Estimate(NAN, NAN, NAN), NAN)),
    "How to read it.",
)
TABLE = Table((LINE,), ("2 rows are left out.",), (SECTION,))


def rows_of(path):
    """Return the rows of a CSV as dictionaries."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_old_lines_need_no_new_fields():
    flat = flatten(LINE)
    assert flat["pearson"] == 0.7
    assert flat["pearson_within"] == 0.4
    assert "missing" not in flat and "interval_score_90" not in flat


def test_new_fields_stand_in_every_format(tmp_path):
    line = replace(
        LINE,
        missing=3,
        interval_score=4.25,
        difference={"rmse": Estimate(0.1, -0.1, 0.3)},
        share={"rmse": 0.031},
    )
    flat = flatten(line)
    assert (flat["missing"], flat["interval_score_90"]) == (3, 4.25)
    assert flat["rmse_difference_share"] == 0.031
    write_json(Table((line,)), tmp_path / "t.json")
    held = json.loads((tmp_path / "t.json").read_text())["lines"][0]
    assert (held["missing"], held["share"]) == (3, {"rmse": 0.031})
    assert "missing |" in markdown(Table((line,)))


def test_csv_and_json_hold_the_same_figures_and_gaps(tmp_path):
    write_csv(TABLE, tmp_path / "metrics.csv")
    write_json(TABLE, tmp_path / "metrics.json")
    (row,) = rows_of(tmp_path / "metrics.csv")
    held = json.loads((tmp_path / "metrics.json").read_text())
    assert (row["rmse"], row["rmse_high"]) == ("1.25", "")
    assert held["lines"][0]["metrics"]["rmse"] == {"value": 1.25, "low": 1.1, "high": None}
    assert held["notes"] == ["2 rows are left out."]
    (written,) = write_sections(TABLE, tmp_path)
    assert written.name == "by_target.csv"
    first, second = rows_of(written)
    in_json = held["sections"]["by_target"]["rows"]
    assert list(first) == ["target", "n", "r", "r_low", "r_high", "x"] == list(in_json[0])
    assert (first["r_low"], first["x"]) == ("0.1", "0.123")
    assert (second["r"], second["x"]) == ("", "")
    assert (in_json[1]["r"], in_json[1]["x"]) == (None, None)


def test_infinity_is_no_json_and_no_number_in_csv(tmp_path):
    section = replace(SECTION, rows=(("a", 1, float("inf"), -float("inf")),))
    table = Table((), (), (section,))
    write_json(table, tmp_path / "t.json")
    assert "Infinity" not in (tmp_path / "t.json").read_text()
    (path,) = write_sections(table, tmp_path)
    assert rows_of(path)[0]["r"] == ""


def test_markdown_names_sections_and_notes(tmp_path):
    write_markdown(TABLE, tmp_path / "table.md")
    text = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert text == markdown(TABLE)
    assert "40 complexes in 9 protein clusters, all complexes; within clusters: 25" in text
    assert "| molattn | 0.70 [0.60, 0.80] |" in text
    assert "### Within each target" in text
    assert "| CDK2 | 5 | 0.50 [0.10, 0.90] | 12.3% |" in text
    assert "| MCL1 | 2 |  |  |" in text
    assert text.index("How to read it.") < text.index("2 rows are left out.")


def test_groups_within_which_ranking_is_judged_are_named():
    text = markdown(Table((replace(LINE, group="series"),)))
    assert "within each series: 25 complexes in 3" in text
    assert "| Pearson within each series |" in text


def test_a_cell_cannot_break_the_table():
    section = replace(SECTION, rows=(("a|b\nc", 1, None, None),))
    assert "| a\\|b c | 1 |" in markdown(Table((), (), (section,)))


def test_an_empty_section_says_so_and_keeps_its_columns(tmp_path):
    section = replace(SECTION, rows=())
    table = Table((), (), (section,))
    assert "Nothing to report." in markdown(table)
    (path,) = write_sections(table, tmp_path)
    assert path.read_text() == "target,n,r,x\n"


def test_the_name_of_a_section_cannot_leave_the_folder(tmp_path):
    (path,) = write_sections(Table((), (), (replace(SECTION, name="a/../b c"),)), tmp_path)
    assert path == tmp_path / "a_.._b_c.csv" and path.is_file()


def test_an_unknown_regime_stands_under_its_own_name_after_the_known_ones():
    lines = (replace(LINE, regime="kinases"), replace(LINE, regime="no_relative"), LINE)
    titles = [block.title for block in line_blocks(Table(lines))]
    assert [title.split(", ", 1)[1].split(";")[0] for title in titles] == [
        "all complexes",
        "protein without a relative in training",
        "kinases",
    ]


def test_an_estimate_without_interval_is_a_plain_number():
    section = replace(SECTION, rows=(("a", 1, Estimate(0.5, NAN, NAN), None),))
    assert section_block(section).rows == (("a", "1", "0.50"),)


def test_a_row_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="shorter"):
        flatten_row(SECTION, ("a", 1))


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path):
    with pytest.raises(OutputError, match="absent"):
        write_csv(TABLE, tmp_path / "absent" / "metrics.csv")
    with pytest.raises(OutputError, match="absent"):
        write_json(TABLE, tmp_path / "absent" / "metrics.json")
    with pytest.raises(OutputError, match="absent"):
        write_sections(TABLE, tmp_path / "absent")
    assert stat.S_ISDIR(tmp_path.stat().st_mode)


def test_two_sided_share_by_hand():
    # nine draws, two at or below zero: 2 * (2 + 1) / (9 + 1)
    assert two_sided_share(np.array([-1.0, 0, 1, 1, 1, 1, 1, 1, 1])) == pytest.approx(0.6)
    assert two_sided_share(np.ones(99)) == pytest.approx(0.02)
    assert two_sided_share(-np.ones(99)) == pytest.approx(0.02)
    assert two_sided_share(np.zeros(99)) == 1.0
    assert two_sided_share(np.array([NAN, 1.0])) == 1.0
    assert math.isnan(two_sided_share(np.empty(0)))
    difference, share = paired(Bootstrap(2.0, np.full(9, 2.0)), Bootstrap(1.0, np.ones(9)))
    assert (difference.value, share) == (1.0, pytest.approx(0.2))


@pytest.fixture(scope="module")
def columns():
    """Return measured pK, a good and a poor prediction with gaps, and clusters of six."""
    generator = np.random.default_rng(6)
    measured = generator.normal(6.5, 1.5, 120)
    good, poor = measured + generator.normal(0, 0.6, (2, 120)) * [[1.0], [3.0]]
    good[3], poor[7], poor[8] = NAN, NAN, NAN
    return measured, good, poor, np.repeat([f"c{index}" for index in range(20)], 6)


def test_models_are_compared_on_the_rows_both_answer(columns):
    measured, good, poor, clusters = columns
    found = {one.metric: one for one in compare(measured, good, poor, clusters, repeats=200)}
    both = np.isfinite(good) & np.isfinite(poor)
    assert (found["rmse"].rows, found["rmse"].missing) == (117, 3)
    assert found["pearson"].first.value == pytest.approx(pearson(measured[both], good[both]))
    assert found["rmse"].difference.high < 0 < found["pearson"].difference.low
    assert found["rmse"].share == pytest.approx(2 / 201)
    swapped = compare(measured, poor, good, clusters, repeats=200)
    assert swapped[0].difference.value == -found["pearson"].difference.value
    within = compare_within("kendall", kendall, measured, good, poor, clusters)
    # one cluster of six lost two rows: too few are left of it
    assert (within.clusters, within.rows) == (19, 113)
    assert within.difference.low > 0


def test_a_model_against_itself_shows_no_difference(columns):
    measured, good, _, clusters = columns
    for one in compare(measured, good, good, clusters, repeats=50):
        assert (one.difference.value, one.difference.low, one.share) == (0.0, 0.0, 1.0)


def test_nothing_in_common_is_undefined():
    gaps = np.full(3, NAN)
    (first, *_) = compare(np.arange(3.0), gaps, np.arange(3.0), np.array(list("abc")))
    assert (first.rows, first.missing) == (0, 3)
    assert math.isnan(first.difference.value) and math.isnan(first.share)


def test_losses_are_paired_with_the_reference(columns):
    measured, good, poor, clusters = columns
    found = condition_losses(measured, {"placed": poor, "crystal": good}, clusters, repeats=100)
    assert [one.condition for one in found] == ["crystal", "placed"]
    crystal, placed = found
    assert (crystal.rows, crystal.loss["pearson"].value) == (119, 0.0)
    assert (placed.rows, placed.missing) == (117, 2)
    assert placed.reference["rmse"].value + placed.loss["rmse"].value == pytest.approx(
        placed.metrics["rmse"].value
    )
    assert placed.loss["pearson"].high < 0
    with pytest.raises(UsageError, match="crystal is not among placed"):
        condition_losses(measured, {"placed": poor}, clusters)


def test_every_usual_section_fits_its_headings_and_can_be_written(columns, tmp_path):
    measured, good, poor, clusters = columns
    active = measured > 8
    library = enrichment(np.nan_to_num(good), active, repeats=10)
    docked = docking_power(clusters, good, np.abs(poor - measured) * 3, repeats=10)
    conditions = condition_losses(measured, {"crystal": good, "placed": poor}, clusters, repeats=10)
    sections = (
        group_section(by_group(measured, good, clusters, repeats=10)),
        condition_section({"molattn": conditions}),
        docking_section({"molattn": docked}),
        ranking_section({"molattn": ranking_power(measured, good, clusters, repeats=10)}),
        enrichment_section({"a": library}, mean_over_targets({"a": library}, repeats=10)),
        interval_section(judge_intervals(measured, good, good - 1, good + 1)),
        comparison_section(
            {"good minus poor": compare(measured, good, poor, clusters, repeats=20)}
        ),
    )
    table = Table((), (), sections)
    assert len(write_sections(table, tmp_path)) == len({one.name for one in sections}) == 7
    write_json(table, tmp_path / "t.json")
    held = json.loads((tmp_path / "t.json").read_text())["sections"]
    assert held["by_group"]["rows"][0]["pearson"] == pytest.approx(
        by_group(measured, good, clusters, repeats=0)[0].metrics["pearson"].value
    )
    assert held["pose_robustness"]["rows"][1]["pearson_change"] < 0
    assert held["docking_power"]["rows"][-1]["score"] == "a pose at random"
    text = markdown(table)
    assert text.count("### ") == 7


def test_usual_sections_of_nothing_are_empty():
    for section in (
        group_section(()),
        condition_section({}),
        docking_section({}),
        ranking_section({}),
        enrichment_section({}),
        comparison_section({}),
    ):
        assert section.rows == ()
        assert "Nothing to report." in markdown(Table((), (), (section,)))
