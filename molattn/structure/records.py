"""The records that the structure stage hands on: Protein, Ligand, Pocket and their parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Strings = NDArray[np.str_]


class ResidueKind(IntEnum):
    """What a residue of a protein file is."""

    AMINO_ACID = 0  # one of the twenty, under its own name
    MODIFIED = 1  # an amino acid treated as its parent (MSE as MET, SEP as SER)
    METAL = 2  # a metal ion, one atom
    COFACTOR = 3  # haem, NAD, FAD, glycans and every other larger group that stays
    NUCLEOTIDE = 4  # DNA or RNA
    WATER = 5  # a water oxygen


@dataclass(frozen=True, slots=True)
class Note:
    """One thing the reader noticed, in a sentence a chemist understands.

    ``repair``: something was put right; it appears in the column ``repairs``.
    ``warning``: the answer may suffer; the status of the score becomes ``warning``.
    ``info``: worth knowing, changes nothing.
    """

    kind: Literal["repair", "warning", "info"]
    code: str  # short, stable, lower-case-with-hyphens, e.g. "altloc-resolved"
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class AtomTable:
    """Heavy atoms, one row each; atoms of one residue are contiguous."""

    name: Strings  # [n] PDB atom name without blanks
    element: Strings  # [n] symbol, first letter capital ("C", "Zn")
    position: Floats  # [n, 3] Å
    occupancy: Floats  # [n] 0–1
    b_factor: Floats  # [n] Å², 0 where unknown
    residue: Integers  # [n] row of the residue table

    def __len__(self) -> int:
        return len(self.name)

    def take(self, rows: Integers, residue: Integers) -> AtomTable:
        """Return the named rows, with ``residue`` [rows] as their rows of a new residue table."""
        return AtomTable(
            name=self.name[rows],
            element=self.element[rows],
            position=self.position[rows],
            occupancy=self.occupancy[rows],
            b_factor=self.b_factor[rows],
            residue=residue,
        )


@dataclass(frozen=True, slots=True, eq=False)
class ResidueTable:
    """Residues, one row each."""

    chain: Strings  # [r] "" where the file has none
    number: Integers  # [r] may be negative
    insertion: Strings  # [r] "" where none
    name: Strings  # [r] as in the file ("MSE")
    parent: Strings  # [r] standard amino acid it is treated as ("MET"); name itself otherwise
    kind: Integers  # [r] values of ResidueKind
    missing_atoms: Booleans  # [r] a heavy atom of the parent is absent (OXT aside)
    alternative: Booleans  # [r] alternative locations were resolved here

    def __len__(self) -> int:
        return len(self.name)

    def take(self, rows: Integers) -> ResidueTable:
        """Return the named rows."""
        return ResidueTable(
            chain=self.chain[rows],
            number=self.number[rows],
            insertion=self.insertion[rows],
            name=self.name[rows],
            parent=self.parent[rows],
            kind=self.kind[rows],
            missing_atoms=self.missing_atoms[rows],
            alternative=self.alternative[rows],
        )

    def label(self, row: int) -> str:
        """Return ``chain:name number insertion``, e.g. ``A:ASP189`` or ``ZN301A``."""
        chain = f"{self.chain[row]}:" if self.chain[row] else ""
        return f"{chain}{self.name[row]}{self.number[row]}{self.insertion[row]}"


@dataclass(frozen=True, slots=True, eq=False)
class Protein:
    """One structure as read: heavy atoms of the first model, one location each, waters included."""

    name: str
    atoms: AtomTable
    residues: ResidueTable
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """Where a ligand came from."""

    path: str  # "" for an object given in Python
    record: int  # 0-based record in the file
    text: str = field(default="", repr=False)  # the record as it stood, where kept


@dataclass(frozen=True, slots=True, eq=False)
class Ligand:
    """One small molecule with one pose.

    ``mol`` has no hydrogens, the charges and bonds of the input after repair, and one conformer
    whose coordinates are ``positions``. Nothing downstream may depend on its hydrogens.
    """

    mol: Chem.Mol
    positions: Floats  # [a, 3] Å, rows as the atoms of mol
    name: str
    source: SourceRecord
    tags: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Pocket:
    """Whole residues of a protein near a ligand or a centre; tables as in Protein."""

    atoms: AtomTable
    residues: ResidueTable
    notes: tuple[Note, ...] = ()
