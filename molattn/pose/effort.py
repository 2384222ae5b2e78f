"""How much is tried for one ligand: every number counts steps, none counts seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Effort = Literal["thorough", "fast"]
"""``thorough`` for the few ligands of a series, ``fast`` for the many of a library."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Numbers of things that are tried.

    Attributes
    ----------
    quick
        Whether conformers are embedded quickly, overlays are made of the same ones and also along
        the principal axes, and places kept for overlays among the starts.
    exact
        Whether the common substructure is the maximum one.
    fits, cores
        Ways to lay a common substructure on the template that are looked at, and that are used.
    isomers
        Choices of undefined stereo centres.
    following
        Conformers that take the template's distances.
    free
        Conformers that do not, where the others fail.
    again
        Conformers of the second attempt, and of overlays.
    overlays
        Poses laid over the template without a common substructure.
    small_core
        Share of the ligand in the core below which overlays are tried as well.
    stray
        Å; where a laid conformer leaves pairs farther apart, it is tried without them as well.
    starts
        Poses from which bonds are turned.
    width
        Poses kept after each bond.
    relaxed, steps
        Poses that are relaxed, and the steps taken.
    """

    quick: bool
    exact: bool
    fits: int
    cores: int
    isomers: int
    following: int
    free: int
    again: int
    overlays: int
    small_core: float
    stray: float
    starts: int
    width: int
    relaxed: int
    steps: int


PLANS: Final[dict[Effort, Plan]] = {
    "thorough": Plan(
        quick=False,
        exact=True,
        fits=200,
        cores=12,
        isomers=4,
        following=2,
        free=3,
        again=4,
        overlays=3,
        small_core=0.3,
        stray=float("inf"),
        starts=24,
        width=64,
        relaxed=12,
        steps=40,
    ),
    "fast": Plan(
        quick=True,
        exact=False,
        fits=24,
        cores=6,
        isomers=2,
        following=0,
        free=1,
        again=2,
        overlays=5,
        small_core=0.6,
        stray=1.5,
        starts=24,
        width=24,
        relaxed=8,
        steps=25,
    ),
}
