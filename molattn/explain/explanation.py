"""What an explanation of one answer holds: views of it, and how far they may be believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from molattn.explain.fragments import Fragment
from molattn.explain.head_maps import HeadMaps
from molattn.predict.score_record import Score
from molattn.structure.records import Pocket, ResidueTable

Numbers = NDArray[np.float64]
Rows = NDArray[np.int64]

ViewName = Literal["attention", "ledger", "gradients", "occlusion"]

TITLES: Final[Mapping[ViewName, str]] = {
    "attention": "Attention",
    "ledger": "Ledger",
    "gradients": "Integrated gradients",
    "occlusion": "Occlusion",
}

MEANINGS: Final[Mapping[ViewName, str]] = {
    "attention": "where the ligand's atoms look, mean over heads and networks; shares of one",
    "ledger": "what each contact adds to pK where the networks add up contacts; pK",
    "gradients": "what each atom and residue adds to pK on the way from solvent to pocket; pK",
    "occlusion": "what pK loses without this residue, or without this atom's contacts; pK",
}


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One explanation of one answer, as numbers for residues, ligand atoms and contacts.

    Attributes
    ----------
    name
        Which one; see `TITLES` and `MEANINGS`.
    unit
        ``"share"``: not negative, adds up to at most 1; ``"pK"``: signed, what raises pK is
        positive.
    residues
        [r].
    atoms
        [a] ligand heavy atoms.
    contacts
        [c] rows as ``Explanation.contact_atom``, None where the view has none.
    """

    name: ViewName
    unit: Literal["share", "pK"]
    residues: Numbers
    atoms: Numbers
    contacts: Numbers | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """How pK goes as residues leave the pocket, or come back to it, in the order of one view.

    Attributes
    ----------
    share
        [k] of the residues that have left (deletion) or are there (insertion), 0 to 1, growing.
    deletion, insertion
        [k] pK.
    deletion_area, insertion_area
        Mean of the curve over ``share``, as a fraction of the way from the pK without any residue
        (0) to that with all (1). A faithful order has a small first and a large second.
    """

    share: Numbers
    deletion: Numbers
    insertion: Numbers
    deletion_area: float
    insertion_area: float

    @property
    def gap(self) -> float:
        """Insertion area less deletion area: large for a faithful order, about 0 for chance."""
        return self.insertion_area - self.deletion_area


@dataclass(frozen=True, slots=True, eq=False)
class Faithfulness:
    """Whether the orders of the views say what moves the answer.

    Attributes
    ----------
    curves
        Of each view.
    random
        Curves of random orders.
    agreement
        Rank correlation (Spearman) of the residues between two views, by their names.
    believed
        Whether attention agrees with the score on this complex.
    verdict
        That, in one sentence with its figures.
    """

    curves: Mapping[ViewName, Curve]
    random: tuple[Curve, ...]
    agreement: Mapping[tuple[ViewName, ViewName], float]
    believed: bool
    verdict: str


@dataclass(frozen=True, slots=True)
class Mutation:
    """A residue changed to alanine in the file, and the answer anew.

    Attributes
    ----------
    residue
        Row of the residue.
    label
        Its label, e.g. ``A:PHE31``.
    change
        pK of the mutant less pK, so negative where the side chain helps.
    """

    residue: int
    label: str
    change: float


@dataclass(frozen=True, slots=True)
class Interaction:
    """One interaction that rules on distances and angles find, whatever the networks say.

    Attributes
    ----------
    residue
        Row of the residue, -1 where it is not among the residues of the graph.
    label
        Its label.
    kind
        A name of ProLIF, e.g. ``HBAcceptor`` (seen from the ligand).
    atoms
        Ligand heavy atoms that take part.
    distance
        Å between the partners, as the rule measures it.
    """

    residue: int
    label: str
    kind: str
    atoms: tuple[int, ...]
    distance: float


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Why one pose of one ligand has this score.

    Attributes
    ----------
    score
        With its attention map, ledger and pose.
    pocket
        Atoms around the ligand, to draw.
    residues, labels, closest
        Residues of the graph [r], their labels, and their distance from the ligand (Å).
    contact_atom, contact_residue
        Ligand atom and residue of each contact [c].
    views
        By name.
    heads
        Attention of every network, block, direction and head.
    fragments, fragment_change
        Pieces of the ligand, and pK without the contacts of each less pK.
    solvent_pK
        pK of the same ligand meeting nothing: where gradients and curves begin.
    completeness
        |sum of the gradients - (pK - solvent_pK)| as a fraction of that difference.
    mutations
        To alanine, of the residues that matter most; empty if not asked for.
    interactions
        By the rules of ProLIF; None where it is not installed or could not be used.
    faithfulness
        None if not asked for.
    story
        The explanation in sentences.
    notes
        What could not be done, and why, in sentences.
    seconds
        Spent in each step.
    """

    score: Score
    pocket: Pocket
    residues: ResidueTable
    labels: tuple[str, ...]
    closest: Numbers
    contact_atom: Rows
    contact_residue: Rows
    views: Mapping[ViewName, View]
    heads: HeadMaps
    fragments: tuple[Fragment, ...]
    fragment_change: Numbers
    solvent_pK: float
    completeness: float | None = None
    mutations: tuple[Mutation, ...] = ()
    interactions: tuple[Interaction, ...] | None = None
    faithfulness: Faithfulness | None = None
    story: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def best(self) -> View:
        """The view to show first: the one whose order says most about the answer."""
        if self.faithfulness is None:
            return self.views.get("gradients", self.views["ledger"])
        curves = self.faithfulness.curves
        return self.views[max(curves, key=lambda name: curves[name].gap)]

    def _repr_html_(self) -> str:
        from molattn.explain.notebook import framed

        return framed(self)

    def ranked(self, view: View) -> Rows:
        """Return the rows of residues, those that matter most first."""
        return np.argsort(-np.abs(view.residues), kind="stable")
