"""Plots of an evaluation as PNG and SVG files.

A :class:`Drawing` is a promise: its name, its size, and what draws it. Those of
:mod:`molattn.evaluate.affinity_drawings` and :mod:`molattn.evaluate.ranking_drawings` take arrays;
:func:`write_drawings` turns any number of them into files. matplotlib belongs to the extra
``[explain]``; without it no plot is drawn and a note says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from molattn.errors import OutputError
from molattn.evaluate.intervals import LEVELS, calibration_curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "LEVELS",
    "PALETTE",
    "Drawing",
    "Judged",
    "Plot",
    "observed_coverage",
    "write_drawings",
    "write_plots",
]

Floats = NDArray[np.float64]

PALETTE: Final = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#4d4d4d",
    "#b8a600",
)
"""Colours that remain apart without red-green vision (Okabe and Ito 2008), darkened for lines."""

MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X", "*")
"""A shape for each colour, so that no plot depends on colour alone."""

GREY: Final = "#6b6b6b"
"""Colour of references: the diagonal, the nominal level, chance."""

RESOLUTION: Final = 160
"""Dots per inch of a PNG and of what is drawn as dots inside an SVG."""

STYLE: Final[dict[Any, Any]] = {
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.7,
    "svg.hashsalt": "molattn",
    "text.parse_math": False,  # a dollar in a name is a dollar
}
"""Settings of matplotlib, for the time of one drawing only."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A plot that is not drawn yet.

    Attributes
    ----------
    name
        Of the files, without suffix.
    caption
        What it shows, one or two sentences; also the text for who cannot see it.
    draw
        Draws into axes that are given.
    size
        Width and height, inches.
    """

    name: str
    caption: str
    draw: Callable[[Axes], None]
    size: tuple[float, float] = (4.8, 4.4)


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot as written."""

    name: str
    caption: str
    png: Path
    svg: Path


class Judged(Protocol):
    """Rows with a measurement and a prediction, as :func:`write_plots` takes them."""

    @property
    def measured(self) -> Floats:
        """Measured pK, [n]."""

    @property
    def predicted(self) -> Floats | None:
        """Predicted pK, [n]."""

    @property
    def low(self) -> Floats | None:
        """Lower ends of the 90 % intervals, pK, [n]."""

    @property
    def high(self) -> Floats | None:
        """Upper ends."""


def write_drawings(
    drawings: Iterable[Drawing], out: Path
) -> tuple[tuple[Plot, ...], tuple[str, ...]]:
    """Write ``NAME.png`` and ``NAME.svg`` of each drawing.

    Parameters
    ----------
    drawings
        Names should differ; of two alike the later remains.
    out
        An existing folder.

    Returns
    -------
    plots, notes
        What was written, and a note where matplotlib is not installed.

    Raises
    ------
    OutputError
        A file cannot be written.
    """
    chosen = tuple(drawings)
    if not chosen:
        return (), ()
    try:
        from matplotlib import rc_context
    except ImportError:
        return (), ("No plot is drawn: pip install 'molattn[explain]' brings matplotlib.",)
    with rc_context(STYLE):
        return tuple(_write(drawing, out) for drawing in chosen), ()


def write_plots(predictions: Judged, out: Path) -> tuple[str, ...]:
    """Write ``predictions`` and, with intervals, ``calibration`` as PNG and SVG.

    Parameters
    ----------
    predictions
        With a prediction; without one there is nothing to draw.
    out
        An existing folder.

    Returns
    -------
    notes
        Why nothing is drawn, if so.
    """
    from molattn.evaluate.affinity_drawings import calibration, scatter

    measured, predicted = predictions.measured, predictions.predicted
    low, high = predictions.low, predictions.high
    if predicted is None:
        return ()
    drawings = [scatter(measured, predicted, low, high)]
    if low is not None and high is not None:
        drawings.append(calibration(measured, predicted, low, high))
    return write_drawings(drawings, out)[1]


def observed_coverage(predictions: Judged) -> Floats:
    """Return the coverage at each of :data:`LEVELS`, [levels]; all of it must be there."""
    predicted, low, high = predictions.predicted, predictions.low, predictions.high
    assert predicted is not None  # the caller has looked
    assert low is not None
    assert high is not None
    return calibration_curve(predictions.measured, predicted, low, high)


def _write(drawing: Drawing, out: Path) -> Plot:
    """Draw one plot and write both files."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=drawing.size, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    drawing.draw(figure.subplots())
    files = {suffix: out / f"{drawing.name}.{suffix}" for suffix in ("png", "svg")}
    for suffix, path in files.items():
        # no date in the file: the same figures give the same bytes
        metadata = {"Date": None} if suffix == "svg" else None
        try:
            figure.savefig(path, dpi=RESOLUTION, metadata=metadata)
        except OSError as fault:
            raise OutputError(f"{path} cannot be written ({fault.strerror}).") from fault
    return Plot(drawing.name, drawing.caption, files["png"], files["svg"])
