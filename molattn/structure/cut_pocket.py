"""A pocket together with the protein it was cut from."""

from __future__ import annotations

from dataclasses import dataclass, field

from molattn.structure.records import Integers, Pocket, Protein


@dataclass(frozen=True, slots=True, eq=False)
class CutPocket(Pocket):
    """A pocket that knows what it was cut from, so that work on the protein is done once.

    Attributes
    ----------
    protein
        The whole.
    atom_rows, residue_rows
        Rows of the protein's tables, growing.
    """

    protein: Protein = field(kw_only=True)
    atom_rows: Integers = field(kw_only=True)
    residue_rows: Integers = field(kw_only=True)
