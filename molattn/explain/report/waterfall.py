"""The ledger as a waterfall: bias, tokens, the largest residues, the rest, and pK at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from molattn.explain.numbers_in_words import plain, signed
from molattn.explain.report.markup import paragraph, safe

if TYPE_CHECKING:
    from molattn.predict.ledger import Ledger

LARGEST: Final = 10
DIGITS: Final = 3
_LEFT, _RIGHT, _WIDTH, _ROW, _TOP = 136, 70, 680, 22, 8  # pixels


@dataclass(frozen=True, slots=True)
class Step:
    """One bar: what it is, and what it adds to pK (rounded as shown)."""

    name: str
    share: float


def steps(ledger: Ledger) -> list[Step]:
    """Return the steps from bias to pK.

    The shares are rounded to `DIGITS` and add up exactly to the rounded pK; what rounding leaves
    over is in the step of all other residues.
    """
    shares = list(ledger.by_residue().items())
    named = [("bias", ledger.bias), *ledger.tokens]
    found = [Step(name, round(share, DIGITS)) for name, share in (*named, *shares[:LARGEST])]
    others = len(shares) - LARGEST
    rest = round(ledger.total(), DIGITS) - sum(step.share for step in found)
    name = f"{others} other residues" if others > 0 else "rounding"
    if others > 0 or round(rest, DIGITS) != 0.0:
        found.append(Step(name, round(rest, DIGITS)))
    return found


def waterfall_section(ledger: Ledger | None) -> str:
    """Return the waterfall with what it says, nothing without a ledger."""
    if ledger is None:
        return ""
    contacts = float(ledger.share.sum(dtype=np.float64))
    tokens = sum(share for _, share in ledger.tokens)
    text = (
        f"The shares add up to pK: {plain(ledger.bias, 2)} before any evidence, "
        f"{signed(tokens, 2)} for ligand and pocket as a whole "
        f"({', '.join(name for name, _ in ledger.tokens) or 'no tokens'}), and "
        f"{signed(contacts, 2)} for {len(ledger.share)} contacts, here summed by residue."
    )
    drawing = waterfall_svg(steps(ledger))
    return (
        f'{paragraph(text)}<figure><div class="wide" tabindex="0" role="region" '
        f'aria-label="Waterfall of the ledger">{drawing}</div></figure>'
    )


def waterfall_svg(found: list[Step]) -> str:
    """Return the waterfall of some steps, the first of which is where it begins."""
    ends = np.cumsum([step.share for step in found])
    total = float(ends[-1])
    low, high = float(ends.min()), float(ends.max())
    pad = max(0.05, 0.08 * (high - low))
    first, last = low - 2.5 * pad, high + pad
    scale = (_WIDTH - _LEFT - _RIGHT) / (last - first)

    def across(value: float) -> float:
        return _LEFT + scale * (value - first)

    rows = len(found) + 1
    height = _TOP + _ROW * rows + 34
    parts = [_axis(first, last, across, _TOP + _ROW * rows)]
    before = first
    for place, (step, end) in enumerate(zip(found, ends.tolist(), strict=True)):
        start = first if place == 0 else before
        hue = "whole" if place == 0 else ("raise" if step.share >= 0 else "lower")
        value = plain(step.share, DIGITS) if place == 0 else signed(step.share, DIGITS)
        parts.append(_bar(place, step.name, value, hue, (across(start), across(end))))
        if place == 0:
            parts.append(_break(across(first), _TOP))
        parts.append(
            f'<path class="grid" d="M{across(end):.1f},{_TOP + _ROW * (place + 1) - 4}v8"/>'
        )
        before = end
    parts.append(
        _bar(rows - 1, "= pK", plain(total, DIGITS), "whole", (across(first), across(total)))
    )
    parts.append(_break(across(first), _TOP + _ROW * (rows - 1)))
    title = "Waterfall of the ledger: " + ", ".join(
        f"{step.name} {signed(step.share, DIGITS)}" for step in found
    )
    return (
        f'<svg class="waterfall" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" '
        f'height="{height}" role="img" aria-label="{safe(f"{title}; pK {total:.3f}")}">\n'
        + "\n".join(parts)
        + "\n</svg>"
    )


def _bar(place: int, name: str, value: str, hue: str, ends: tuple[float, float]) -> str:
    y = _TOP + _ROW * place
    left, right = min(ends), max(ends)
    strong = " strong" if hue == "whole" else ""
    return (
        f'<text class="name{strong}" x="{_LEFT - 10}" y="{y + 15}" text-anchor="end">{safe(name)}'
        f'</text><rect class="{hue}" x="{left:.1f}" y="{y + 4}" '
        f'width="{max(1.0, right - left):.1f}" height="{_ROW - 8}">'
        f"<title>{safe(f'{name}: {value}')}</title></rect>"
        f'<text class="value{strong}" x="{_WIDTH - 6}" y="{y + 15}" text-anchor="end">'
        f"{value}</text>"
    )


def _break(x: float, y: float) -> str:
    """Return the sign that a bar begins farther left than shown."""
    return f'<path class="break" d="M{x + 7:.1f},{y + 2}l5,6l-5,6l5,6"/>'


def _axis(first: float, last: float, across: Callable[[float], float], y: float) -> str:
    step = next(size for size in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0) if (last - first) / size <= 9)
    ticks = np.arange(np.ceil(first / step) * step, last, step).tolist()
    parts = []
    for tick in ticks:
        x = f"{across(tick):.1f}"
        parts.append(
            f'<path class="grid" d="M{x},{_TOP}V{y}"/>'
            f'<text x="{x}" y="{y + 16}" text-anchor="middle">{plain(tick, 1)}</text>'
        )
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(f'<text x="{middle:.0f}" y="{y + 31}" text-anchor="middle">pK</text>')
    return "".join(parts)
