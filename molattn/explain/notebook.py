"""The page of an explanation inside a notebook: a frame that holds it whole."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from molattn.explain.explanation import Explanation
    from molattn.predict.predictor import Predictor
    from molattn.predict.prepare import Prepared

_HEIGHT: Final = 800  # pixels


def framed(explanation: Explanation, height: int = _HEIGHT) -> str:
    """Return HTML that shows the page of an explanation in a frame.

    Parameters
    ----------
    explanation
        The explanation.
    height
        Of the frame, pixels.
    """
    from molattn.explain.report import report_html

    page = escape(report_html(explanation), quote=True)
    title = escape(f"Explanation of {explanation.score.id}", quote=True)
    return (
        f'<iframe title="{title}" srcdoc="{page}" sandbox="allow-scripts allow-downloads" '
        f'style="width: 100%; height: {height}px; border: 0"></iframe>'
    )


def score_page(predictor: Predictor, prepared: Prepared) -> str:
    """Return the page of a scored complex in a frame; what `Score.show` shows in a notebook."""
    from molattn.explain.explainer import ExplainSettings, explain_prepared
    from molattn.predict.request import Settings

    found = explain_prepared(predictor, prepared, ExplainSettings(), Settings())
    return framed(found)
