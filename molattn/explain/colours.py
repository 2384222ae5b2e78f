"""How a number becomes a colour: one hue for shares, two for what raises and lowers pK.

Blue and orange stay apart for every common kind of colour blindness. A hue is laid over the paper
with the strength as its opacity, so zero is the paper itself, white, black or printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from molattn.explain.explanation import View

Hue = Literal["share", "raise", "lower"]

LIGHT: Final[Mapping[Hue, str]] = {"share": "#8a3a8c", "raise": "#1f66b0", "lower": "#d4690a"}
DARK: Final[Mapping[Hue, str]] = {"share": "#d58bd8", "raise": "#62aaf0", "lower": "#f39a45"}

FAINT: Final = 0.02
"""Strength below which nothing is coloured."""

_BEND: Final = 0.6
"""Exponent from strength to opacity: small values stay visible. The page's legends bend alike."""


@dataclass(frozen=True, slots=True)
class Shade:
    """A hue and how strong it is, 0 to 1."""

    hue: Hue
    strength: float

    @property
    def opacity(self) -> float:
        """How much of the hue lies over the paper, 0 to 1."""
        return 0.0 if self.strength < FAINT else self.strength**_BEND


def shades(view: View, values: NDArray[np.float64], largest: float | None = None) -> list[Shade]:
    """Return the shade of each value of a view.

    Parameters
    ----------
    view
        Whose unit decides between one hue and two.
    values
        [n] in the unit of the view.
    largest
        Magnitude of full strength; the largest of the values without it.
    """
    top = float(np.abs(values).max(initial=0.0)) if largest is None else largest
    return [Shade(hue_of(view, value), _strength(value, top)) for value in values.tolist()]


def hue_of(view: View, value: float) -> Hue:
    """Return the hue of a value of a view."""
    if view.unit == "share":
        return "share"
    return "raise" if value >= 0.0 else "lower"


def _strength(value: float, top: float) -> float:
    return min(1.0, abs(value) / top) if top > 0.0 else 0.0
