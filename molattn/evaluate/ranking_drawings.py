"""Drawings of rank: docking power, and how actives are recovered from a library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from molattn.evaluate.docking_power import TOPS, DockingPower
from molattn.evaluate.enrichment import enrichment_factor, rank_library, recovery
from molattn.evaluate.plots import GREY, PALETTE, Drawing
from molattn.evaluate.ties import oriented

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

DASHES: Final = ("-", (0, (5, 2)), (0, (2, 1.5)), (0, (6, 2, 1, 2)))
"""Strokes of lines, so that they are told apart without colour."""


def docking_bars(scores: Mapping[str, DockingPower], name: str = "docking_power") -> Drawing:
    """Return the top-1 to top-3 success of each score beside that of chance, by title."""

    def draw(axes: Axes) -> None:
        height = 0.8 / len(TOPS)
        for order, top in enumerate(TOPS):
            for row, one in enumerate(scores.values()):
                figure = one.success[top]
                at = row + (order - (len(TOPS) - 1) / 2) * height
                share = 100 * figure.value
                spread = [[share - 100 * figure.low], [100 * figure.high - share]]
                axes.barh(
                    at,
                    share,
                    height=height * 0.92,
                    color=PALETTE[order],
                    xerr=np.nan_to_num(spread),
                    error_kw={"elinewidth": 1, "ecolor": "#333333"},
                    label=f"top-{top}" if row == 0 else None,
                )
                axes.plot(
                    [100 * one.chance[top]] * 2,
                    [at - height * 0.46, at + height * 0.46],
                    color="black",
                    linewidth=1.6,
                    label="chance" if row == 0 and order == len(TOPS) - 1 else None,
                )
                if not np.isnan(share):
                    ink = "black" if order == 1 or share < 5 else "white"
                    axes.text(1.2, at, f"{share:.0f}", va="center", fontsize=8, color=ink)
        axes.set_yticks(
            range(len(scores)), [f"{title}\nn={one.complexes}" for title, one in scores.items()]
        )
        axes.set(xlim=(0, 100), xlabel="complexes with a pose under 2 Å among the best (%)")
        axes.set_ylim(len(scores) - 0.45, -0.55)
        axes.set_title("docking power")
        axes.grid(visible=True, axis="x")
        if scores:
            axes.figure.legend(loc="outside lower center", ncols=len(TOPS) + 1)

    what = (
        "Share of complexes of which a near-native pose is among the best one to three; thin lines "
        "are 95 % bootstrap intervals over complexes, black strokes what a random order gives."
    )
    return Drawing(name, what, draw, (6.0, 1.6 + 0.75 * max(len(scores), 1)))


def enrichment_curve(
    scores: Mapping[str, Floats],
    active: Booleans,
    higher_is_better: bool = True,
    name: str = "enrichment",
) -> Drawing:
    """Return the share of actives found against the share of the library that is looked at.

    Parameters
    ----------
    scores
        Title of a score -> its values, [n]; NaN stands last.
    active
        Which molecules are active, [n].
    higher_is_better
        False for energies.
    name
        Of the files.
    """
    size, actives = len(active), int(active.sum())

    def draw(axes: Axes) -> None:
        lowest = max(1.0 / max(size, 2), 1e-4)
        axis = np.geomspace(lowest, 1, 200)
        axes.plot(100 * axis, 100 * axis, color=GREY, linewidth=0.9, label="random")
        if actives:
            best = np.minimum(axis * size / actives, 1)
            axes.plot(100 * axis, 100 * best, ":", color=GREY, linewidth=1.1, label="perfect")
        for order, (title, score) in enumerate(scores.items()):
            ranked = rank_library(oriented(score, higher_is_better), active)
            looked, found = recovery(ranked)
            factor = enrichment_factor(ranked, 0.01)
            axes.step(
                100 * looked[1:],
                100 * found[1:],
                where="post",
                color=PALETTE[order % len(PALETTE)],
                linestyle=DASHES[order % len(DASHES)],
                linewidth=1.7,
                label=title if np.isnan(factor) else f"{title} (EF 1 % {factor:.1f})",
            )
        axes.set_xscale("log")
        axes.set(xlim=(100 * lowest, 100), ylim=(0, 101))
        axes.set(xlabel="best-scored share of the library (%)", ylabel="actives found (%)")
        ticks = [
            tick for tick in (0.01, 0.1, 0.5, 1, 2, 5, 10, 20, 50, 100) if tick >= 100 * lowest
        ]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
        axes.set_title(f"{actives} actives among {size} molecules")
        axes.grid(visible=True)
        axes.legend(loc="upper left")

    what = f"Share of {actives} actives found in the best-scored part of {size} molecules."
    return Drawing(name, what, draw, (5.4, 4.2))
