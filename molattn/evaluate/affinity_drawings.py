"""Drawings of predicted pK: scatter, calibration, coverage by width, error by distance, groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from molattn.evaluate.groups import GroupFigures
from molattn.evaluate.intervals import LEVEL, LEVELS, calibration_curve, coverage_by_width
from molattn.evaluate.metrics import Estimate, pearson, rmse
from molattn.evaluate.plots import GREY, MARKERS, PALETTE, Drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
Strings = NDArray[np.str_]

MANY_ROWS: Final = 1500
"""Above so many points an SVG holds them as a picture."""

MOST_GROUPS: Final = 40
"""Groups drawn by name; more would be unreadable."""


def scatter(
    measured: Floats,
    predicted: Floats,
    low: Floats | None = None,
    high: Floats | None = None,
    kinds: Strings | None = None,
    name: str = "predictions",
) -> Drawing:
    """Return predicted against measured pK, each with its interval where known.

    Parameters
    ----------
    measured, predicted
        pK, [n]; rows where either is NaN are not drawn.
    low, high
        Ends of the 90 % interval, pK, [n].
    kinds
        A label of each row, [n], for colours, e.g. the regime.
    name
        Of the files.
    """
    known = np.isfinite(measured) & np.isfinite(predicted)
    truth, said = measured[known], predicted[known]

    def draw(axes: Axes) -> None:
        many = len(truth) > MANY_ROWS
        if low is not None and high is not None:
            axes.vlines(
                truth,
                low[known],
                high[known],
                color="#9db7d5",
                linewidth=0.7,
                alpha=_faint(len(truth), 0.1, 0.55),
                rasterized=many,
                label="90 % interval",
            )
        ends = _shared_range(truth, said)
        axes.plot(ends, ends, color=GREY, linewidth=0.9)
        for off in (-1, 1):
            axes.plot(
                ends,
                [ends[0] + off, ends[1] + off],
                color=GREY,
                linewidth=0.7,
                linestyle=(0, (4, 3)),
                label="± 1 pK" if off == 1 else None,
            )
        _points(axes, truth, said, None if kinds is None else kinds[known])
        axes.set(xlim=ends, ylim=ends, xlabel="measured pK", ylabel="predicted pK", aspect="equal")
        axes.set_title(_figures_title(truth, said))
        legend = axes.legend(loc="upper left", frameon=True, edgecolor="none", borderpad=0.2)
        for handle in legend.legend_handles:
            if handle is not None:
                handle.set_alpha(1.0)  # faint on the plot, readable in the legend

    what = f"Predicted against measured pK of {len(truth)} complexes; the line is equality."
    return Drawing(name, what, draw, (4.9, 4.9))


def calibration(
    measured: Floats,
    predicted: Floats,
    low: Floats,
    high: Floats,
    level: float = LEVEL,
    name: str = "calibration",
) -> Drawing:
    """Return the observed coverage of widened and narrowed intervals against the nominal one.

    Columns [n] in pK; rows with a gap are left out. See
    :func:`molattn.evaluate.intervals.calibration_curve`.
    """
    whole = np.isfinite(measured) & np.isfinite(predicted) & np.isfinite(low) & np.isfinite(high)
    observed = calibration_curve(measured[whole], predicted[whole], low[whole], high[whole], level)
    error = float(np.abs(observed - LEVELS).mean())

    def draw(axes: Axes) -> None:
        percent = 100 * LEVELS
        axes.plot([0, 100], [0, 100], color=GREY, linewidth=0.9, label="perfect")
        axes.fill_between(percent, percent, 100 * observed, color=PALETTE[0], alpha=0.12)
        axes.plot(
            percent, 100 * observed, marker="o", markersize=4, color=PALETTE[0], label="observed"
        )
        axes.set(xlim=(0, 100), ylim=(0, 100), aspect="equal")
        axes.set(xlabel="nominal coverage (%)", ylabel="observed coverage (%)")
        axes.set_title(f"calibration, n = {whole.sum()}, mean error {100 * error:.1f} %")
        axes.grid(visible=True)
        axes.text(97, 4, "below the line: too narrow", ha="right", color=GREY, fontsize=8.5)
        axes.legend(loc="upper left")

    what = f"Observed against nominal coverage of the intervals of {whole.sum()} complexes."
    return Drawing(name, what, draw, (4.6, 4.6))


def coverage_by_predicted_width(
    measured: Floats,
    low: Floats,
    high: Floats,
    level: float = LEVEL,
    name: str = "coverage_by_width",
) -> Drawing:
    """Return coverage in bins of predicted width; columns [n] in pK, gaps left out."""
    whole = np.isfinite(measured) & np.isfinite(low) & np.isfinite(high)
    bins = coverage_by_width(measured[whole], low[whole], high[whole])

    def draw(axes: Axes) -> None:
        axes.axhline(100 * level, color=GREY, linewidth=0.9)
        axes.annotate(
            f"nominal\n{100 * level:.0f} %",
            (1.01, 100 * level),
            xycoords=("axes fraction", "data"),
            ha="left",
            va="center",
            annotation_clip=False,
            color=GREY,
            fontsize=8.5,
        )
        for one in bins:
            share = 100 * one.coverage
            axes.errorbar(
                one.width,
                share,
                yerr=[[share - 100 * one.coverage_low], [100 * one.coverage_high - share]],
                xerr=[[max(one.width - one.narrowest, 0.0)], [max(one.widest - one.width, 0.0)]],
                fmt="o",
                markersize=5,
                color=PALETTE[0],
                elinewidth=1.2,
                capsize=0,
            )
        lowest = min([100 * one.coverage_low for one in bins], default=0)
        floor = max(0.0, min(lowest - 8, 100 * level - 20))
        for one in bins:
            axes.text(one.width, floor + 1, f"n={one.rows}", ha="center", fontsize=8, color=GREY)
        axes.set(ylim=(floor, 101), xlabel="width of the predicted interval (pK)")
        axes.set(ylabel="measurements inside (%)")
        axes.set_title("coverage by predicted width")
        axes.grid(visible=True, axis="y")

    what = (
        "Share of measurements inside the interval, by its width: bars reach over the bin and over "
        "the 95 % binomial interval."
    )
    return Drawing(name, what, draw, (5.4, 3.8))


def error_by_distance(
    measured: Floats,
    predicted: Mapping[str, Floats],
    distance: Floats,
    axis: str,
    edges: Sequence[float],
    name: str = "error_by_distance",
) -> Drawing:
    """Return the mean absolute error in bins of nearness to the training set.

    Parameters
    ----------
    measured
        pK, [n].
    predicted
        Title of a model -> predicted pK, [n].
    distance
        How near each row is to its nearest training row, [n], e.g. the Tanimoto similarity of
        the ligands or the identity of the proteins; NaN rows are left out.
    axis
        What it is, for the axis.
    edges
        Of the bins, ascending; a bin holds its lower edge, the last one both.
    name
        Of the files.
    """
    bounds = np.asarray(edges, dtype=np.float64)
    place = np.clip(np.searchsorted(bounds, distance, side="right") - 1, 0, len(bounds) - 2)
    inside = np.isfinite(measured) & (distance >= bounds[0]) & (distance <= bounds[-1])
    bins = [inside & (place == one) for one in range(len(bounds) - 1)]

    def draw(axes: Axes) -> None:
        top = 0.0
        for order, (title, said) in enumerate(predicted.items()):
            shift = 0.64 * (order - (len(predicted) - 1) / 2) / max(len(predicted), 1)
            at, error, half = _errors(measured, said, bins)
            top = max([top, *(error + half)])
            axes.errorbar(
                at + shift,
                error,
                yerr=half,
                fmt=MARKERS[order % len(MARKERS)],
                color=PALETTE[order % len(PALETTE)],
                markersize=5.5,
                elinewidth=1.2,
                label=title,
            )
        labels = [
            f"{low:g}–{high:g}\nn={rows.sum()}"
            for low, high, rows in zip(bounds[:-1], bounds[1:], bins, strict=True)
        ]
        axes.set_xticks(range(len(labels)), labels)
        axes.set(xlim=(-0.6, len(labels) - 0.4), ylim=(0, 1.08 * top if top else 1))
        axes.set(xlabel=axis, ylabel="mean absolute error (pK)")
        axes.set_title("error by nearness to the training set")
        axes.grid(visible=True, axis="y")
        _legend_below(axes, len(predicted))

    what = f"Mean absolute error by {axis}; bars are 95 % intervals of the mean."
    return Drawing(name, what, draw, (max(5.4, 0.95 * len(bounds)), 4.2))


def per_group(
    groups: Mapping[str, Sequence[GroupFigures]],
    metric: str = "pearson",
    label: str = "Pearson within the group",
    name: str = "per_group",
) -> Drawing:
    """Return one row a group, a dot a model, its size that of the group.

    Parameters
    ----------
    groups
        Title of a model -> :func:`molattn.evaluate.groups.by_group`; the first model gives the
        order of the rows. At most :data:`MOST_GROUPS`, the largest, are drawn.
    metric
        Key of :data:`molattn.evaluate.groups.GROUP_METRICS`.
    label
        For the axis.
    name
        Of the files.
    """
    first = list(next(iter(groups.values()), ()))
    shown = sorted(first, key=lambda one: -one.rows)[:MOST_GROUPS]
    shown.sort(key=lambda one: (np.nan_to_num(one.metrics[metric].value, nan=-9.0), one.group))
    line_of = {one.group: line for line, one in enumerate(shown)}

    def draw(axes: Axes) -> None:
        for order, (title, figures) in enumerate(groups.items()):
            held = [one for one in figures if one.group in line_of]
            shift = (order - (len(groups) - 1) / 2) * 0.22
            at = np.array([line_of[one.group] - shift for one in held])
            if order == 0:
                ends = np.array([_ends(one.metrics[metric]) for one in held]).reshape(-1, 2)
                axes.hlines(at, ends[:, 0], ends[:, 1], color=PALETTE[0], linewidth=1, alpha=0.55)
            axes.scatter(
                [one.metrics[metric].value for one in held],
                at,
                s=[8 + 1.3 * min(one.rows, 120) for one in held],
                marker=MARKERS[order % len(MARKERS)],
                color=PALETTE[order % len(PALETTE)],
                alpha=0.85,
                linewidths=0,
                zorder=3,
                label=title,
            )
        axes.axvline(0, color=GREY, linewidth=0.9)
        axes.set_yticks(range(len(shown)), [f"{one.group}  (n={one.rows})" for one in shown])
        axes.set(ylim=(-0.7, max(len(shown), 1) - 0.3), xlabel=label)
        axes.grid(visible=True, axis="both")
        part = len(shown) < len(first)
        axes.set_title(f"the {len(shown)} largest of {len(first)} groups" if part else "")
        _legend_below(axes, len(groups))

    what = f"{label}, a row each group; larger dots are larger groups, lines 95 % intervals."
    return Drawing(name, what, draw, (6.4, 1.7 + 0.21 * max(len(shown), 3)))


def _ends(figure: Estimate) -> tuple[float, float]:
    return figure.low, figure.high


def _errors(
    measured: Floats, predicted: Floats, bins: Sequence[NDArray[np.bool_]]
) -> tuple[Floats, Floats, Floats]:
    """Return the bins that hold rows, the mean absolute error in each, and its 95 % reach."""
    found = []
    for place, rows in enumerate(bins):
        error = np.abs(predicted - measured)[rows & np.isfinite(predicted)]
        if len(error):
            found.append((place, error.mean(), 1.96 * error.std() / np.sqrt(len(error))))
    columns = np.array(found, dtype=np.float64).reshape(-1, 3)
    return columns[:, 0], columns[:, 1], columns[:, 2]


def _points(axes: Axes, measured: Floats, predicted: Floats, kinds: Strings | None) -> None:
    """Draw the points of a scatter, one colour and shape a kind."""
    many = len(measured) > MANY_ROWS
    size, alpha = 4 + 10 * _faint(len(measured), 0.1, 1), _faint(len(measured), 0.5, 0.85)
    if kinds is None:
        axes.scatter(
            measured,
            predicted,
            s=size,
            color=PALETTE[0],
            alpha=alpha,
            linewidths=0,
            zorder=3,
            rasterized=many,
        )
        return
    for order, kind in enumerate(np.unique(kinds)):
        rows = kinds == kind
        axes.scatter(
            measured[rows],
            predicted[rows],
            s=size,
            marker=MARKERS[order % len(MARKERS)],
            color=PALETTE[order % len(PALETTE)],
            alpha=alpha,
            linewidths=0,
            zorder=3,
            rasterized=many,
            label=f"{kind} (n={rows.sum()})",
        )


def _faint(rows: int, least: float, most: float) -> float:
    """Return a size or an opacity that falls with the number of rows, so that none hide others."""
    return float(np.clip(most * np.sqrt(120 / max(rows, 1)), least, most))


def _shared_range(measured: Floats, predicted: Floats) -> tuple[float, float]:
    """Return the ends of both axes, half a pK beyond what is drawn."""
    if len(measured) == 0:
        return 0.0, 12.0
    return (
        float(min(measured.min(), predicted.min())) - 0.5,
        float(max(measured.max(), predicted.max())) + 0.5,
    )


def _figures_title(measured: Floats, predicted: Floats) -> str:
    """Return n, R and RMSE, without those that are undefined."""
    parts = [f"n = {len(measured)}"]
    linear, error = pearson(measured, predicted), rmse(measured, predicted)
    parts += [] if np.isnan(linear) else [f"R = {linear:.2f}"]
    parts += [] if np.isnan(error) else [f"RMSE = {error:.2f} pK"]
    return ", ".join(parts)


def _legend_below(axes: Axes, entries: int) -> None:
    """Put the legend under the axes, where it hides nothing; none for a single entry."""
    if entries > 1:
        axes.figure.legend(loc="outside lower center", ncols=min(entries, 3))
