"""The three grades of the applicability domain."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from molattn.predict.score_record import DomainName


class Grade(IntEnum):
    """How far a complex lies from what training showed; the worst finding counts."""

    IN = 0
    NEAR = 1
    OUT = 2


class Finding(NamedTuple):
    """One thing that is unusual about a complex, and how unusual."""

    grade: Grade
    text: str


GRADE_NAMES: Final[tuple[DomainName, ...]] = ("in", "near", "out")
"""How the grades are called in an answer."""
