"""Which column of a table of molecules holds the SMILES and which the id, and a row made of them.

Names are compared in lower case, with one underscore for whatever is no letter or digit, so that
``Ligand SMILES`` and ``ligand_smiles`` are one name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from rdkit import Chem, rdBase

from molattn.errors import FileUnreadable, UsageError

SMILES_NAMES: Final = (
    "smiles", "canonical_smiles", "isomeric_smiles", "canonicalsmiles", "isomericsmiles",
    "isosmiles", "smiles_string", "ligand_smiles", "compound_smiles", "molecule_smiles",
    "mol_smiles", "rdkit_smiles", "cxsmiles", "cx_smiles", "smi", "structure", "mol",
)  # fmt: skip
"""Names of a column of SMILES, the first that is there wins; none of them is itself a SMILES."""

ID_NAMES: Final = (
    "id", "compound_id", "molecule_id", "mol_id", "ligand_id", "cmpd_id", "molecule_chembl_id",
    "chembl_id", "zinc_id", "zincid", "idnumber", "id_number", "catalog_id", "catalog_number",
    "enamine_id", "molport_id", "molportid", "mcule_id", "drugbank_id", "coconut_id", "cid",
    "bindingdb_monomerid", "identifier", "code", "compound", "name", "compound_name",
    "molecule_name", "mol_name", "ligand_name", "title",
)  # fmt: skip
"""Names of a column of ids. Names of molecules come last: such columns are often half empty."""

_NO_LETTER: Final = re.compile(r"[^0-9a-z]+")
_BREAKS: Final = re.compile(r"[\r\n\t]+")
_INDEX_OF_A_FRAME: Final = "__index_level_"
_SHOWN_COLUMNS: Final = 20


class Row(NamedTuple):
    """One row of a library that is a table or a list of SMILES."""

    smiles: str
    id: str  # "" where it has none
    fields: Mapping[str, str]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """The columns that the user names, "" where none is named."""

    smiles: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of a table holds what.

    Attributes
    ----------
    names
        Every column once, in the order of the table.
    smiles
        Place of the column of SMILES.
    id
        Place of the column of ids, ``None`` where there is none.
    """

    names: tuple[str, ...]
    smiles: int
    id: int | None

    def row(self, cells: Sequence[str], number: int) -> Row:
        """Return a row of cells as SMILES, id and fields.

        Parameters
        ----------
        cells
            Missing ones at the end count as empty; those past the header become ``column_N``.
        number
            0-based row, named in the problem of a row without a SMILES.
        """
        known = len(self.names)
        fields = {
            name: cells[place] if place < len(cells) else ""
            for place, name in enumerate(self.names)
            if place != self.smiles and place != self.id
            if not name.startswith(_INDEX_OF_A_FRAME)
        }
        for place in range(known, len(cells)):
            if cells[place].strip():
                fields[f"column_{place + 1}"] = cells[place]
        smiles = cells[self.smiles].strip() if self.smiles < len(cells) else ""
        own = "" if self.id is None or self.id >= len(cells) else one_line(cells[self.id])
        problem = "" if smiles else f"Row {number + 1} has no SMILES."
        return Row(smiles, own, fields, problem)


def plain_name(name: str) -> str:
    """Return the name of a column as it is compared."""
    return _NO_LETTER.sub("_", name.lower()).strip("_")


def one_line(text: str) -> str:
    """Return an id without line breaks and tabs within it or blanks around it."""
    return _BREAKS.sub(" ", text).strip()


def unique_names(header: Sequence[str]) -> tuple[str, ...]:
    """Return the names of a header: a blank one becomes ``column_N``, a second one ``name_2``."""
    names: list[str] = []
    for place, cell in enumerate(header):
        name = unique = one_line(cell) or f"column_{place + 1}"
        copy = 2
        while unique in names:
            unique, copy = f"{name}_{copy}", copy + 1
        names.append(unique)
    return tuple(names)


def choose_columns(
    where: str, header: Sequence[str], choice: ColumnChoice, *, any_id: bool = False
) -> Columns:
    """Find the columns of SMILES and ids: those the user names, else those of a known name.

    A column whose name merely contains ``smiles`` is taken where no known name is there.

    Parameters
    ----------
    where
        The file, for the sentence of an error.
    header
        Its columns.
    choice
        What the user names; letter case is looked at only where it decides.
    any_id
        Whether the first other column holds ids where none has a known name.

    Raises
    ------
    FileUnreadable
        No column looks like one of SMILES.
    UsageError
        A named column is not there.
    """
    names = unique_names(header)
    plain = [plain_name(name) for name in names]
    smiles = _named(where, names, choice.smiles, "--smiles-column")
    if smiles is None:
        smiles = known_place(plain, SMILES_NAMES)
    if smiles is None:
        smiles = next((place for place, name in enumerate(plain) if "smiles" in name), None)
    if smiles is None:
        raise FileUnreadable(
            f"{where}: no column is known to hold SMILES; name it with --smiles-column, or leave "
            f"this file out of the library (its columns: {_shown(names)})."
        )
    own = _named(where, names, choice.id, "--id-column")
    if own is None:
        own = known_place(plain, ID_NAMES, but=smiles)
    if own is None and any_id and len(names) > 1:
        own = 1 if smiles == 0 else 0
    return Columns(names, smiles, own)


def known_place(plain: Sequence[str], known: Sequence[str], but: int | None = None) -> int | None:
    """Return the place of the first of the known names that is there, other than place ``but``."""
    places = {name: place for place, name in reversed(list(enumerate(plain))) if place != but}
    return next((places[name] for name in known if name in places), None)


def is_smiles(text: str) -> bool:
    """Return whether a text reads as a SMILES of at least one atom, by its grammar alone."""
    with rdBase.BlockLogs():
        mol: Chem.Mol | None = Chem.MolFromSmiles(text, sanitize=False)
    return mol is not None and mol.GetNumAtoms() > 0


def _named(where: str, names: Sequence[str], column: str, option: str) -> int | None:
    if not column:
        return None
    if column in names:
        return names.index(column)
    plain = [plain_name(name) for name in names]
    if plain_name(column) in plain:
        return plain.index(plain_name(column))
    raise UsageError(
        f"{option} {column}: {where} has no such column; its columns are {_shown(names)}."
    )


def _shown(names: Sequence[str]) -> str:
    more = f", and {len(names) - _SHOWN_COLUMNS} more" if len(names) > _SHOWN_COLUMNS else ""
    return ", ".join(names[:_SHOWN_COLUMNS])[:400] + more
