"""Columns of tables under the many names that people give them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from molattn.errors import UsageError
from molattn.train.affinity import (
    NO_VALUE,
    Affinity,
    Refusal,
    affinity_of,
    affinity_of_pK,
    molar_exponent,
    parse_affinity,
)

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("id", "pdb_id", "pdbid", "pdb_code", "complex_id", "name", "pdb", "code"),
    "protein": ("protein", "protein_file", "protein_path", "receptor_file", "receptor"),
    "ligand": ("ligand", "ligand_file", "ligand_path", "pose", "pose_file", "sdf", "mol2", "part"),
    "record": ("record", "ligand_record", "pose_index"),
    "pK": ("pk", "paffinity", "neg_log_affinity", "-logkd/ki", "measured_pk", "pkd", "pki",
           "pic50", "pec50", "pchembl_value"),
    "affinity": ("affinity", "binding_data", "kd/ki", "affinity_data", "binding_affinity"),
    "value": ("value", "affinity_value", "standard_value"),
    "unit": ("unit", "units", "affinity_unit", "affinity_units", "standard_units"),
    "relation": ("relation", "standard_relation", "sign", "operator", "qualifier"),
    "measure": ("measure", "affinity_type", "measurement_type", "standard_type", "type"),
    "sequence": ("sequence", "protein_sequence", "target_sequence"),
    "smiles": ("smiles", "canonical_smiles", "ligand_smiles"),
    "series": ("series", "assay", "assay_chembl_id", "group"),
    "year": ("year", "release_year", "document_year"),
    "resolution": ("resolution",),
    "ligand_code": ("ligand_code", "het_code", "ligand_name", "ccd"),
    "template": ("template", "template_file", "template_ligand"),
}  # fmt: skip
"""Column of the index → names it goes by in other tables, as `plain_name` writes them."""

_MEASURE_AND_UNIT: Final = re.compile(
    r"^(?P<measure>ki|kd|ic50|ec50)[\s_]*[\[(]?\s*(?P<unit>[munpfµμ]?m)\s*[\])]?$", re.I
)


def plain_name(name: str) -> str:
    """Return the name of a column in lower case with underscores for blanks."""
    return re.sub(r"\s+", "_", name.strip().lower())


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of a table holds what.

    Attributes
    ----------
    names
        Column of the index → column of the table.
    measured
        Columns such as ``Ki (nM)`` → measure and unit.
    """

    names: Mapping[str, str]
    measured: Mapping[str, tuple[str, str]]

    def cell(self, row: Mapping[str, str], name: str) -> str:
        """Return the cell of a column of the index, "" where the table has none."""
        column = self.names.get(name)
        return row.get(column, "") if column is not None else ""

    def carried(self, row: Mapping[str, str]) -> dict[str, str]:
        """Return the cells that are none of the known columns."""
        taken = {*self.names.values(), *self.measured}
        return {name: cell for name, cell in row.items() if name not in taken}

    @property
    def has_affinity(self) -> bool:
        """Return whether the table holds measurements."""
        return bool(self.measured) or any(n in self.names for n in ("pK", "affinity", "value"))


def recognise(header: Sequence[str], chosen: Mapping[str, str]) -> Columns:
    """Find the known columns of a table.

    Parameters
    ----------
    header
        Names of its columns.
    chosen
        Column of the index → column of the table, before what is found by name.

    Raises
    ------
    UsageError
        A chosen column is not there, or is chosen for a column that the index does not know.
    """
    for name, column in chosen.items():
        if name not in NAMES:
            raise UsageError(f"--column {name}={column}: use one of {', '.join(NAMES)}.")
        if column not in header:
            raise UsageError(
                f"--column {name}={column}: the table has no column {column}; "
                f"its columns are {', '.join(header[:20])}."
            )
    by_plain = {plain_name(column): column for column in reversed(header)}
    names = dict(chosen)
    for name, aliases in NAMES.items():
        found = [by_plain[alias] for alias in aliases if alias in by_plain]
        free = [column for column in found if column not in names.values()]
        if name not in names and free:
            names[name] = free[0]
    measured = {}
    for column in header:
        match = _MEASURE_AND_UNIT.match(column.strip())
        if match is not None and not isinstance(molar_exponent(match["unit"]), Refusal):
            measured[column] = (match["measure"], match["unit"])
    return Columns(names, measured)


def row_affinities(row: Mapping[str, str], columns: Columns) -> list[Affinity | Refusal]:
    """Return every affinity that a row holds; one refusal that says so where it holds none."""
    relation, measure = columns.cell(row, "relation"), columns.cell(row, "measure")
    found: list[Affinity | Refusal] = []
    if columns.cell(row, "pK"):
        heading = columns.names["pK"]
        named = measure or (heading if plain_name(heading)[1:] in ("kd", "ki", "ic50", "ec50")
                            else "")  # fmt: skip
        found.append(affinity_of_pK(columns.cell(row, "pK"), relation, named))
    elif columns.cell(row, "value"):
        unit = columns.cell(row, "unit")
        found.append(affinity_of(columns.cell(row, "value"), unit, relation, measure))
    elif columns.cell(row, "affinity"):
        found.append(_of_text(columns.cell(row, "affinity"), columns.cell(row, "unit"),
                              relation, measure))  # fmt: skip
    for column, (name, unit) in columns.measured.items():
        if row.get(column):
            found.append(affinity_of(row[column], unit, relation, name))
    return found or [NO_VALUE]


def _of_text(text: str, unit: str, relation: str, measure: str) -> Affinity | Refusal:
    """Return the affinity of a cell such as ``Kd=49uM``, or of a number with a column of units."""
    return affinity_of(text, unit, relation, measure) if unit else parse_affinity(text)
