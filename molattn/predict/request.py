"""What is asked: one ligand in one protein, and the settings that hold for all of them."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from molattn.errors import UsageError
from molattn.structure.ligand import LigandFailure
from molattn.structure.records import Ligand, Protein

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for every record of a run.

    Attributes
    ----------
    waters
        Keep crystal waters near the ligand as tokens of the pocket.
    center, radius
        Take the pocket around this point (Å) instead of around the ligand.
    attention
        Return the attention map with each score.
    """

    waters: bool = False
    center: tuple[float, float, float] | None = None
    radius: float | None = None
    attention: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One ligand pose to score.

    Attributes
    ----------
    protein
        Path, `Protein`, gemmi or Biopython structure.
    ligand
        Path, RDKit molecule, `Ligand`, or a reader's `LigandFailure`, which is handed on as a
        failed score; None to take the ligand ``code`` out of the protein file.
    record
        0-based record of the ligand file; None takes the first, with a warning if there are more.
    code
        ``RES[:CHAIN[:NUM]]`` of a ligand inside the protein file.
    template
        SMILES that gives the bond orders of a ligand taken by ``code``.
    id, protein_name, ligand_name
        How the score names them; empty for the file's own names.
    carried
        Columns that come back with the score.
    problem
        A sentence if the request cannot be followed at all (a row without a path).
    """

    protein: str | os.PathLike[str] | Protein | Any
    ligand: str | os.PathLike[str] | Ligand | LigandFailure | Any = None
    record: int | None = None
    code: str = ""
    template: str = ""
    id: str = ""
    protein_name: str = ""
    ligand_name: str = ""
    carried: Mapping[str, Cell] = field(default_factory=dict)
    problem: str = ""


def check_settings(settings: Settings) -> None:
    """Refuse settings that make no sense.

    Raises
    ------
    UsageError
        A radius without a centre, or one that is not positive.
    """
    if settings.radius is not None and settings.center is None:
        raise UsageError("A radius needs a centre: give --center x,y,z beside --radius.")
    if settings.radius is not None and not settings.radius > 0:
        raise UsageError(f"The radius must be above 0 Å and is {settings.radius:g}.")


def check_temperature(temperature: float) -> None:
    """Refuse a temperature of the attention that is not a positive number.

    Raises
    ------
    UsageError
        If it is zero, negative, infinite or not a number.
    """
    if not (math.isfinite(temperature) and temperature > 0):
        raise UsageError(
            f"The temperature of the attention must be above 0 and finite and is {temperature:g}."
        )


def parse_center(text: str) -> tuple[float, float, float]:
    """Return the point that ``x,y,z`` names, Å.

    Raises
    ------
    UsageError
        If it is not three finite numbers.
    """
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != 3 or not all(math.isfinite(number) for number in numbers):
        raise UsageError(
            f"The centre {text!r} is not three numbers; write it as --center 12.5,-3.0,40.1 (Å)."
        )
    return numbers
