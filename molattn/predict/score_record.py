"""One answer: a number with its interval, its domain, its ledger and its attention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from molattn.predict.attention_map import AttentionMap
from molattn.predict.ledger import Ledger
from molattn.predict.request import Cell
from molattn.predict.units import affinity_nM, kcal_per_mol
from molattn.structure.records import Ligand

if TYPE_CHECKING:
    from molattn.predict.predictor import Predictor
    from molattn.predict.prepare import Prepared
    from molattn.predict.shown_score import ShownScore

Status = Literal["ok", "warning", "failed"]
DomainName = Literal["in", "near", "out"]

SCORE_COLUMNS = (
    "id",
    "protein",
    "ligand",
    "record",
    "pK",
    "pK_low",
    "pK_high",
    "kcal_per_mol",
    "affinity_nM",
    "domain",
    "domain_reason",
    "pose_confidence",
    "status",
    "reason",
    "repairs",
)
"""Columns of every score table, in this order; columns carried through follow."""


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """The answer for one ligand pose in one protein; numbers are None where it failed.

    Attributes
    ----------
    id, protein, ligand
        What was scored, as it was named in the input.
    record
        0-based record of the ligand file, None for an object given in Python.
    pK, pK_low, pK_high
        -log10(affinity in mol/L), and its 90 % interval.
    spread
        Predicted standard deviation of the error, pK.
    domain, domain_reason
        ``in``, ``near`` or ``out`` of what the network has seen, and why, in a sentence.
    pose_confidence
        Probability that the pose is within 2 Å of the crystal pose, 0–1.
    status, reason
        ``ok``, ``warning`` (scored, see the reason) or ``failed`` (not scored, see the reason).
    repairs
        What was put right in the input before scoring, a sentence each.
    ledger
        Shares of pK that add up to it.
    attention
        Attention of atoms over residues, None if it was not asked for.
    pose
        The ligand as it was scored, None where it could not be read.
    features
        The network's invariant summary of the complex, float32 [width]; what a calibration on
        measured ligands compares complexes by.
    carried
        Columns of the input that come back as they are.
    origin
        Predictor and graph of a complex that was scored by itself, for `show`; None in batches.
    """

    id: str
    protein: str
    ligand: str
    record: int | None
    status: Status
    reason: str = ""
    pK: float | None = None
    pK_low: float | None = None
    pK_high: float | None = None
    spread: float | None = None
    domain: DomainName | None = None
    domain_reason: str = ""
    pose_confidence: float | None = None
    repairs: tuple[str, ...] = ()
    ledger: Ledger | None = field(default=None, repr=False)
    attention: AttentionMap | None = field(default=None, repr=False)
    pose: Ligand | None = field(default=None, repr=False)
    features: NDArray[np.float32] | None = field(default=None, repr=False)
    carried: Mapping[str, Cell] = field(default_factory=dict)
    origin: tuple[Predictor, Prepared] | None = field(default=None, repr=False)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Both ends of the 90 % interval, pK."""
        if self.pK_low is None or self.pK_high is None:
            return None
        return self.pK_low, self.pK_high

    @property
    def kcal_per_mol(self) -> float | None:
        """Binding free energy at 298.15 K, kcal/mol."""
        return None if self.pK is None else kcal_per_mol(self.pK)

    @property
    def affinity_nM(self) -> float | None:
        """Affinity, nmol/L."""
        return None if self.pK is None else affinity_nM(self.pK)

    def to_row(self) -> dict[str, Cell]:
        """Return the row of a score table: `SCORE_COLUMNS`, then the columns carried through."""
        row: dict[str, Cell] = {
            "id": self.id,
            "protein": self.protein,
            "ligand": self.ligand,
            "record": self.record,
            "pK": self.pK,
            "pK_low": self.pK_low,
            "pK_high": self.pK_high,
            "kcal_per_mol": self.kcal_per_mol,
            "affinity_nM": self.affinity_nM,
            "domain": self.domain,
            "domain_reason": self.domain_reason,
            "pose_confidence": self.pose_confidence,
            "status": self.status,
            "reason": self.reason,
            "repairs": " ".join(self.repairs),
        }
        row.update(self.carried)
        return row

    def show(self, contacts: int = 10) -> ShownScore:
        """Return the answer as readable text; a notebook shows it as the page of an explanation.

        Parameters
        ----------
        contacts
            Number of residues to list.
        """
        from molattn.predict.shown_score import ShownScore

        return ShownScore(self, contacts)

    def _repr_html_(self) -> str:
        from molattn.predict.present import as_html

        return as_html(self)
