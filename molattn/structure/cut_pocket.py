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

    Raises
    ------
    ValueError
        The tables are not those rows: what is changed afterwards is a `Pocket`.
    """

    protein: Protein = field(kw_only=True)
    atom_rows: Integers = field(kw_only=True)
    residue_rows: Integers = field(kw_only=True)

    def __post_init__(self) -> None:
        """Refuse tables of another size."""
        if len(self.atoms) != len(self.atom_rows) or len(self.residues) != len(self.residue_rows):
            raise ValueError("a changed pocket is not the one that was cut; make it a Pocket")
