"""One panel for each view, of which the page shows that of the chosen one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from molattn.explain.explanation import MEANINGS, TITLES
from molattn.explain.report.markup import safe

if TYPE_CHECKING:
    from molattn.explain.explanation import Explanation, View


def panels(explanation: Explanation, draw: Callable[[View], str]) -> str:
    """Return what ``draw`` makes of each view, hidden but for the best one."""
    best = explanation.best.name
    return "\n".join(
        f'<div data-view="{name}"{"" if name == best else " hidden"}>{draw(view)}</div>'
        for name, view in explanation.views.items()
    )


def switch(explanation: Explanation) -> str:
    """Return the radio buttons that choose the view."""
    best = explanation.best.name
    choices = "\n".join(
        f'<label><input type="radio" name="view" value="{name}" data-switch'
        f"{' checked' if name == best else ''}> {safe(TITLES[name])}</label>"
        for name in explanation.views
    )
    meanings = panels(explanation, lambda view: f'<p class="soft">{safe(_meaning(view))}</p>')
    return (
        '<form class="switch"><fieldset><legend>Explanation shown in the drawings</legend>\n'
        f'<div class="choices">{choices}</div></fieldset>\n{meanings}</form>'
    )


def scale(view: View, largest: float, what: str, *, pale: bool = False) -> str:
    """Return the legend of the colours of a view.

    Parameters
    ----------
    view
        Whose unit it is in.
    largest
        Value of full colour.
    what
        Of what the values are, plain: ``residues``, ``ligand atoms``.
    pale
        Whether the drawing uses its colours thinned, as behind the atoms of a molecule.
    """
    thin = " pale" if pale else ""
    if view.unit == "share":
        ends = f"<span>0</span><i class='ramp share{thin}'></i><span>{100 * largest:.2g} %</span>"
        return f'<p class="scale">{ends} <span>of all attention, {safe(what)}</span></p>'
    return (
        f'<p class="scale"><span>−{largest:.2g}</span><i class="ramp signed{thin}"></i>'
        f"<span>+{largest:.2g}</span> <span>pK, {safe(what)}: orange lowers, blue raises</span></p>"
    )


def _meaning(view: View) -> str:
    text, _, unit = MEANINGS[view.name].rpartition(";")
    return f"{TITLES[view.name]}: {text} ({unit.strip()})."
