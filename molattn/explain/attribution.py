"""Integrated gradients of pK over contacts and residues, from solvent into the pocket.

Sundararajan et al., ICML 2017 (arXiv 1703.01365). The baseline is the ligand that meets nothing:
every contact pulled apart, every residue gone (:mod:`molattn.explain.presence`); the path lets all
of them come back together. What is integrated is computed by captum (extra ``[explain]``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch

from molattn.errors import MissingExtra
from molattn.explain.altered_answers import AlteredAnswers
from molattn.explain.explanation import Numbers
from molattn.explain.presence import Presence, everything

STEPS: Final = (96, 192, 384)
"""Points of the path, tried one after another until `CLOSE` is met."""

CLOSE: Final = 0.01
"""Largest error of the sum, as a fraction of the difference it should add up to."""

_TOGETHER: Final = 32  # points answered at once
_LEAST: Final = 0.1  # pK; the error of a difference below this is measured against this


@dataclass(frozen=True, slots=True, eq=False)
class Gradients:
    """Shares of ``pK - solvent_pK``.

    Attributes
    ----------
    contacts
        [c] pK.
    residues
        [r] pK that residues add beside their contacts: as neighbours, and to the summary of the
        pocket.
    pK, solvent_pK
        Both ends of the path.
    completeness
        |sum of all shares - (pK - solvent_pK)| as a fraction of that difference.
    steps
        Points of the path.
    """

    contacts: Numbers
    residues: Numbers
    pK: float
    solvent_pK: float
    completeness: float
    steps: int


def integrated_gradients(answers: AlteredAnswers) -> Gradients:
    """Return the integrated gradients of a complex.

    Parameters
    ----------
    answers
        Of the complex.

    Raises
    ------
    MissingExtra
        captum is not installed.
    """
    try:
        from captum.attr import IntegratedGradients
    except ImportError:
        raise MissingExtra("captum", "explain") from None

    def pK(contact: torch.Tensor, residue: torch.Tensor) -> torch.Tensor:
        return answers.pK(Presence(contact, residue))

    here = everything(answers.batch)
    whole = (here.contact.unsqueeze(0), here.residue.unsqueeze(0))
    none = tuple(torch.zeros_like(one) for one in whole)
    with torch.no_grad():
        there, solvent = pK(*whole).item(), pK(*none).item()
    method: Any = IntegratedGradients(pK)
    difference = there - solvent
    for steps in STEPS:
        contacts, residues = method.attribute(
            whole,
            none,
            n_steps=steps,
            method="gausslegendre",
            internal_batch_size=_TOGETHER,
        )
        shares = [one[0].detach().numpy().astype(np.float64) for one in (contacts, residues)]
        error = abs(shares[0].sum() + shares[1].sum() - difference)
        completeness = error / max(abs(difference), _LEAST)
        if completeness < CLOSE:
            break
    return Gradients(shares[0], shares[1], there, solvent, completeness, steps)
