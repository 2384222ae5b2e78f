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
from typing import TYPE_CHECKING, Any, Final

from molattn.errors import OutputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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
