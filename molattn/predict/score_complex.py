"""One call for one complex: ``molattn.score(protein, ligand)``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from molattn.predict.predictor import Predictor
    from molattn.predict.score_record import Score


def score(
    protein: object,
    ligand: object,
    *,
    template: str = "",
    waters: bool = False,
    center: tuple[float, float, float] | None = None,
    radius: float | None = None,
    attention: bool = True,
) -> Score:
    """Score one ligand pose with the shipped weights; parameters as `Predictor.score`.

    The weights are loaded on the first call and kept; to score with others, or many ligands at
    once, make a `Predictor`.
    """
    return _shipped_predictor().score(
        protein,
        ligand,
        template=template,
        waters=waters,
        center=center,
        radius=radius,
        attention=attention,
    )


@cache
def _shipped_predictor() -> Predictor:
    from molattn.predict.predictor import Predictor

    return Predictor.load()
