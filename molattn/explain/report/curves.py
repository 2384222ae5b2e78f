"""Faithfulness: pK while residues leave or return, against random orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from molattn.explain.explanation import TITLES
from molattn.explain.numbers_in_words import plain
from molattn.explain.report.markup import Cell, Column, paragraph, safe, table

if TYPE_CHECKING:
    from molattn.explain.explanation import Curve, Explanation, Faithfulness, ViewName

Direction = Literal["deletion", "insertion"]

_WORDS: Final[dict[Direction, str]] = {
    "deletion": "pK while residues leave, the first of the order first",
    "insertion": "pK while residues return, the first of the order first",
}
_LEFT, _RIGHT, _TOP, _BASE, _WIDTH, _HEIGHT = 44, 26, 26, 232, 440, 274  # pixels


def curves_section(explanation: Explanation) -> str:
    """Return verdict, curves and areas; one sentence where nothing was tested."""
    tested = explanation.faithfulness
    if tested is None:
        return paragraph(
            "It was not tested for this answer whether removing the residues that a view puts "
            "first changes pK most, so no view is known to be better than another.",
            "soft",
        )
    kind = "" if tested.believed else "warn"
    drawings = "".join(f"<figure>{curves_svg(tested, direction)}</figure>" for direction in _WORDS)
    how = (
        "A faithful order moves pK early: its curve falls fast when residues leave and rises fast "
        "when they return. Areas are fractions of the way from no residues (0) to all (1), below 0 "
        "where pK falls under that of the ligand alone. The grey band spans "
        f"{len(tested.random)} random orders."
    )
    return (
        paragraph(tested.verdict, kind)
        + paragraph(how, "soft")
        + f'<div class="pair">{drawings}</div>{_legend(tested)}'
        + _areas(tested)
        + _agreement(tested)
    )


def curves_svg(tested: Faithfulness, direction: Direction) -> str:
    """Return the curves of all views in one direction, with the band of random orders."""
    lines = {name: _heights(curve, direction) for name, curve in tested.curves.items()}
    shares = {name: curve.share for name, curve in tested.curves.items()}
    band = _band(tested, direction)
    every = np.concatenate([*lines.values(), *(band[1:] if band else ())])
    low, high = float(every.min()), float(every.max())
    pad = max(0.05, 0.06 * (high - low))
    low, high = low - pad, high + pad

    def across(share: NDArray[np.float64]) -> NDArray[np.float64]:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * share

    def up(pK: NDArray[np.float64]) -> NDArray[np.float64]:
        return _BASE - (_BASE - _TOP) * (pK - low) / (high - low)

    parts = [f'<text class="name" x="{_LEFT}" y="14">{_WORDS[direction]}</text>']
    parts += _ticks(low, high)
    if band:
        grid, bottom, top = band
        outline = [*zip(across(grid), up(top), strict=True)]
        outline += [*zip(across(grid), up(bottom), strict=True)][::-1]
        parts.append(f'<polygon class="band" points="{_points(outline)}"/>')
    for name, line in lines.items():
        points = _points([*zip(across(shares[name]), up(line), strict=True)])
        parts.append(
            f'<polyline class="curve {name}" data-curve="{name}" points="{points}">'
            f"<title>{safe(TITLES[name])}</title></polyline>"
        )
    title = f"{_WORDS[direction]}: each view against the band of random orders"
    return (
        f'<svg class="curves" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" role="img" aria-label="{safe(title)}">\n' + "\n".join(parts) + "</svg>"
    )


def _heights(curve: Curve, direction: Direction) -> NDArray[np.float64]:
    return curve.deletion if direction == "deletion" else curve.insertion


def _band(
    tested: Faithfulness, direction: Direction
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]] | None:
    """Return shares, and lowest and highest pK of the random orders there."""
    if not tested.random:
        return None
    grid = tested.random[0].share
    lines = np.stack(
        [np.interp(grid, one.share, _heights(one, direction)) for one in tested.random]
    )
    return grid, lines.min(axis=0), lines.max(axis=0)


def _ticks(low: float, high: float) -> list[str]:
    step = next((size for size in (0.1, 0.2, 0.5, 1.0, 2.0) if (high - low) / size <= 6), 5.0)
    parts = []
    for tick in np.arange(np.ceil(low / step) * step, high, step).tolist():
        y = _BASE - (_BASE - _TOP) * (tick - low) / (high - low)
        parts.append(
            f'<path class="grid" d="M{_LEFT},{y:.1f}H{_WIDTH - _RIGHT}"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{plain(tick, 1)}</text>'
        )
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = _LEFT + (_WIDTH - _LEFT - _RIGHT) * share
        parts.append(
            f'<text x="{x:.1f}" y="{_BASE + 16}" text-anchor="middle">{100 * share:.0f} %</text>'
        )
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(
        f'<text x="{middle:.0f}" y="{_HEIGHT - 6}" text-anchor="middle">of the residues</text>'
    )
    return parts


def _points(places: list[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _legend(tested: Faithfulness) -> str:
    keys = "".join(
        f'<li><svg width="40" height="12" aria-hidden="true"><path class="curve {name}" '
        f'd="M0,6H40"/></svg> {safe(TITLES[name])}</li>'
        for name in tested.curves
    )
    band = (
        '<li><svg width="40" height="12" aria-hidden="true"><rect class="band" width="40" '
        'height="12"/></svg> random orders</li>'
    )
    return f'<ul class="legend">{keys}{band if tested.random else ""}</ul>'


def _areas(tested: Faithfulness) -> str:
    columns = [
        Column("order by", words=True),
        Column("area, residues leave (small is faithful)"),
        Column("area, residues return (large is faithful)"),
        Column("difference"),
    ]
    rows = [
        [Cell(TITLES[name]), *_numbers(curve)]
        for name, curve in sorted(tested.curves.items(), key=lambda item: -item[1].gap)
    ]
    if tested.random:
        rows.append(_random_row(tested))
    return table("Areas under the curves", columns, rows)


def _numbers(curve: Curve) -> list[Cell]:
    values = (curve.deletion_area, curve.insertion_area, curve.gap)
    return [Cell(plain(value), value) for value in values]


def _random_row(tested: Faithfulness) -> list[Cell]:
    columns = zip(
        *((one.deletion_area, one.insertion_area, one.gap) for one in tested.random), strict=True
    )
    cells = [Cell("random orders")]
    for values in columns:
        text = f"{plain(float(np.mean(values)))} ({plain(min(values))} to {plain(max(values))})"
        cells.append(Cell(text, float(np.mean(values))))
    return cells


def _agreement(tested: Faithfulness) -> str:
    if not tested.agreement:
        return ""
    rows = [[Cell(_pair(pair)), Cell(plain(value), value)] for pair, value in _sorted(tested)]
    columns = [Column("two views", words=True), Column("rank correlation of residues")]
    return table("How far the views agree (Spearman; 1: same order)", columns, rows)


def _sorted(tested: Faithfulness) -> list[tuple[tuple[ViewName, ViewName], float]]:
    return sorted(tested.agreement.items(), key=lambda item: -item[1])


def _pair(pair: tuple[ViewName, ViewName]) -> str:
    return f"{TITLES[pair[0]]} – {TITLES[pair[1]]}"
