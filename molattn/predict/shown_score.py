"""A score as text that a notebook shows as a page."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final

from molattn.predict.present import as_html, as_text

if TYPE_CHECKING:
    from molattn.predict.score_record import Score

PAGES: Final = "molattn.pages"
"""Group of entry points; that of the name ``score`` makes a page of a predictor and a graph."""


class ShownScore(str):
    """The text of an answer, with the page that a notebook shows in its place.

    Parameters
    ----------
    score
        The answer.
    contacts
        Number of residues that the text lists.
    """

    _score: Score

    def __new__(cls, score: Score, contacts: int = 10) -> ShownScore:
        """Write the text."""
        shown = super().__new__(cls, as_text(score, contacts))
        shown._score = score
        return shown

    def _repr_html_(self) -> str:
        if self._score.origin is None:
            return as_html(self._score)
        # the rooms above this one say how: a page needs them, a score does not
        for page in entry_points(group=PAGES, name="score"):
            return str(page.load()(*self._score.origin))
        return as_html(self._score)
