"""Plots: files that hold what was asked for, also for empty sets, and the same bytes each time."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass

import numpy as np
import pytest

from molattn.errors import OutputError
from molattn.evaluate.affinity_drawings import (
    calibration,
    coverage_by_predicted_width,
    error_by_distance,
    per_group,
    scatter,
)
from molattn.evaluate.docking_power import docking_power
from molattn.evaluate.groups import by_group
from molattn.evaluate.plots import PALETTE, write_drawings
from molattn.evaluate.ranking_drawings import docking_bars, enrichment_curve

pytest.importorskip("matplotlib")


@dataclass
class Rows:
    """Rows as an evaluation has them."""

    measured: np.ndarray
    predicted: np.ndarray
    low: np.ndarray
    high: np.ndarray


@pytest.fixture(scope="module")
def rows():
    """Return 60 rows with intervals, a gap among them, in six groups."""
    generator = np.random.default_rng(0)
    measured = generator.normal(6.5, 1.5, 60)
    predicted = measured + generator.normal(0, 1, 60)
    predicted[5] = np.nan
    width = generator.uniform(0.5, 2, 60)
    return Rows(measured, predicted, predicted - width, predicted + width)


def axes_of(drawing):
    """Return the axes into which a drawing was drawn."""
    from matplotlib.figure import Figure

    axes = Figure(layout="constrained").subplots()
    drawing.draw(axes)
    return axes


def every_drawing(rows):
    """Return one of each kind."""
    groups = np.repeat(np.array(["$a_{", "b", "c<d>", "e", "f", "g"]), 10)[: len(rows.measured)]
    rmsd = np.abs(rows.predicted - rows.measured)
    return (
        scatter(rows.measured, rows.predicted, rows.low, rows.high, groups),
        calibration(rows.measured, rows.predicted, rows.low, rows.high),
        coverage_by_predicted_width(rows.measured, rows.low, rows.high),
        error_by_distance(
            rows.measured,
            {"model": rows.predicted, "count $n": rows.measured},
            np.linspace(0, 1, len(rows.measured)),
            "similarity",
            (0, 0.5, 1),
        ),
        per_group({"model": by_group(rows.measured, rows.predicted, groups, repeats=5)}),
        docking_bars({"score": docking_power(groups, rows.predicted, rmsd, repeats=5)}),
        enrichment_curve({"score": rows.predicted}, rows.measured > 8),
    )


def test_every_plot_is_written_as_png_and_svg(rows, tmp_path):
    plots, notes = write_drawings(every_drawing(rows), tmp_path)
    assert notes == ()
    assert len({plot.name for plot in plots}) == 7
    for plot in plots:
        assert plot.png.read_bytes().startswith(b"\x89PNG")
        assert ET.parse(plot.svg).getroot().tag.endswith("svg")
        assert plot.caption.endswith(".")


def test_the_same_figures_give_the_same_bytes(rows, tmp_path):
    drawing = scatter(rows.measured, rows.predicted, rows.low, rows.high)
    contents = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        ((plot,), _) = write_drawings([drawing], tmp_path / name)
        contents.append((plot.png.read_bytes(), plot.svg.read_bytes()))
    assert contents[0] == contents[1]


@pytest.mark.parametrize(
    ("measured", "predicted"),
    [([], []), ([6.0], [6.0]), ([6.0, 7.0], [np.nan, np.nan]), ([6.0] * 5, [6.0] * 5)],
    ids=["nothing", "one row", "no answers", "constant"],
)
def test_plots_of_poor_sets_are_drawn_without_a_warning(measured, predicted):
    said = np.array(predicted, dtype=np.float64)
    poor = Rows(np.array(measured, dtype=np.float64), said, said - 1, said + 1)
    for drawing in every_drawing(poor):
        axes_of(drawing).figure.draw_without_rendering()


def test_no_models_at_all_are_drawn_without_a_warning():
    for drawing in (
        per_group({}),
        docking_bars({}),
        error_by_distance(np.ones(1), {}, np.ones(1), "similarity", (0, 1)),
        enrichment_curve({}, np.zeros(3, bool)),
    ):
        axes_of(drawing).figure.draw_without_rendering()


def test_a_scatter_shows_each_answered_row_once_on_equal_axes(rows):
    axes = axes_of(scatter(rows.measured, rows.predicted, rows.low, rows.high))
    points = axes.collections[-1].get_offsets()
    assert len(points) == 59
    assert axes.get_xlim() == axes.get_ylim()
    assert axes.get_xlabel() == "measured pK" and axes.get_ylabel() == "predicted pK"
    assert axes.get_title(loc="center").startswith("n = 59, R = ")


def test_groups_stand_in_the_order_of_the_first_model():
    measured = np.array([1.0, 2, 3, 1, 2, 3])
    groups = np.array(["up"] * 3 + ["down"] * 3)
    first = by_group(measured, np.array([1.0, 2, 3, 3, 2, 1]), groups, repeats=5)
    axes = axes_of(per_group({"one": first, "two": first[::-1]}))
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["down  (n=3)", "up  (n=3)"]


def test_bins_of_nearness_hold_their_lower_edge_and_the_last_both():
    distance = np.array([0.0, 0.5, 0.49, 1.0, np.nan, 1.2])
    said = {"model": np.zeros(6)}
    axes = axes_of(error_by_distance(np.ones(6), said, distance, "similarity", (0, 0.5, 1)))
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0–0.5\nn=2", "0.5–1\nn=2"]


def test_the_enrichment_curve_ends_at_all_actives(rows):
    axes = axes_of(enrichment_curve({"a": rows.measured}, rows.measured > 7))
    assert axes.lines[-1].get_ydata()[-1] == pytest.approx(100)
    assert axes.get_xscale() == "log"


def test_colours_are_apart_in_lightness_or_hue():
    assert len(set(PALETTE)) == len(PALETTE) == 8


def test_no_drawings_write_nothing(tmp_path):
    assert write_drawings((), tmp_path) == ((), ())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_refused(rows, tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        write_drawings([scatter(rows.measured, rows.predicted)], tmp_path / "absent")


def test_without_matplotlib_a_note_says_how_to_get_it(tmp_path):
    # a process of its own, in which the import fails as it does where the extra is missing
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "import numpy as np\nfrom pathlib import Path\n"
        "from molattn.evaluate.affinity_drawings import scatter\n"
        "from molattn.evaluate.plots import write_drawings\n"
        f"found = write_drawings([scatter(np.ones(2), np.ones(2))], Path({str(tmp_path)!r}))\n"
        "assert found[0] == () and 'molattn[explain]' in found[1][0]\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
