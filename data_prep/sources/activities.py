"""Tables of activities, BindingDB's and ChEMBL's: compounds as SMILES, measured on targets.

Their rows have no poses. Structures by PDB id or by target give each row its protein and, where
the structure has a ligand, the template on which the compound can be placed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from data_prep.shards import Outcome
from data_prep.sources.archive import unpacked
from data_prep.sources.known_columns import plain_name
from data_prep.sources.paths_table import labelled_rows
from data_prep.sources.row import SourceOptions, SourceRead, SourceRow
from data_prep.sources.structure_folder import StructureFiles, structures_by_id
from data_prep.sources.table_file import iterate_rows
from molattn.errors import UsageError
from molattn.train.affinity import (
    NO_VALUE,
    Affinity,
    Refusal,
    affinity_of,
    affinity_of_pK,
)

_FURTHER_CHAIN: Final = re.compile(r" (?:[2-9]|[1-9]\d)$")
_ROUNDING: Final = 0.011  # pK; pChEMBL has two digits
_BINDINGDB_MEASURES: Final = ("Kd", "Ki", "IC50", "EC50")
_BINDINGDB_CARRIED: Final = {
    "bindingdb_monomerid": "monomer", "target_name": "target", "article_doi": "doi",
    "pmid": "pmid", "ph": "pH", "temp_(c)": "temperature_C", "curation/datasource": "curation",
    "target_source_organism_according_to_curator_or_datasource": "organism",
}  # fmt: skip
_CHEMBL_CARRIED: Final = (
    "molecule_chembl_id", "target_chembl_id", "assay_chembl_id", "document_chembl_id",
    "target_pref_name", "target_name", "assay_type", "bao_label",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Activity:
    """One row of such a table.

    Attributes
    ----------
    row
        Without protein.
    affinities
        What it holds.
    targets
        Names under which the structures may be listed, the best first.
    problem
        Why the row is no use, "" if it is.
    """

    row: SourceRow
    affinities: Sequence[Affinity | Refusal]
    targets: Sequence[str]
    problem: str = ""


def read_bindingdb(path: Path, options: SourceOptions) -> SourceRead:
    """Read BindingDB's TSV, or a part of it with the same columns.

    Raises
    ------
    FileUnreadable
        A file cannot be read.
    UsageError
        No structures are named.
    """
    return read_activities("bindingdb", path, options, _plain_rows(path), _bindingdb)


def read_chembl(path: Path, options: SourceOptions) -> SourceRead:
    """Read activities of ChEMBL, as its web pages or its database give them.

    Raises
    ------
    FileUnreadable
        A file cannot be read.
    UsageError
        No structures are named.
    """
    return read_activities("chembl", path, options, _plain_rows(path), _chembl)


def read_activities(
    kind: str,
    path: Path,
    options: SourceOptions,
    table: Iterable[Mapping[str, str]],
    activity_of: Callable[[Mapping[str, str], int], Activity],
) -> SourceRead:
    """Read a table of compounds measured on targets.

    Parameters
    ----------
    kind
        Of the source.
    path
        Of the table, for messages.
    table
        Its rows.
    activity_of
        Reads a row and its number.

    Raises
    ------
    UsageError
        No structures are named.
    """
    if options.structures is None and not options.ligand_only:
        raise UsageError(
            f"{path} holds no structures; name a folder of them by PDB id or target, or a table "
            "with target, protein, template, with --structures; or give --ligand-only."
        )
    structures: Mapping[str, StructureFiles] = {}
    if options.structures is not None:
        structures = structures_by_id(unpacked(options.structures, options.unpack))
    rows: list[SourceRow] = []
    dropped: list[Outcome] = []
    for number, cells in enumerate(table, start=1):
        if options.limit is not None and len(rows) >= options.limit:
            break
        activity = activity_of(cells, number)
        made = _placed(activity, structures, options.ligand_only)
        if isinstance(made, Outcome):
            dropped.append(made)
            continue
        more, lost = labelled_rows(made, activity.affinities, needed=True)
        rows += more
        dropped += lost
    return SourceRead(kind, tuple(rows), tuple(dropped))


def _plain_rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield rows by plain column names; chains after the first, `` 2`` and on, are left aside."""
    plain: dict[str, str] = {}
    for row in iterate_rows(path, lambda name: _FURTHER_CHAIN.search(name) is None):
        if not plain:
            plain = {name: re.sub(r"_1$", "", plain_name(name)) for name in row}
        yield {plain[name]: cell for name, cell in row.items()}


def _placed(
    activity: Activity, structures: Mapping[str, StructureFiles], ligand_only: bool
) -> SourceRow | Outcome:
    row = activity.row
    if activity.problem:
        return Outcome(row.id, "dropped", activity.problem)
    if not row.smiles:
        return Outcome(row.id, "dropped", "no SMILES is given")
    if ligand_only and not structures:
        return row
    for target in activity.targets:
        files = structures.get(target.lower())
        if files is not None and files.protein:
            return replace(
                row,
                id=f"{target}_{row.id}",
                protein=files.protein,
                template=files.template,
                sequence=files.sequence or row.sequence,
                series=row.series or target,
            )
    shown = ", ".join(activity.targets[:5])
    return Outcome(row.id, "dropped", "no structure of this target", shown)


def _bindingdb(cells: Mapping[str, str], number: int) -> Activity:
    found: list[Affinity | Refusal] = [
        affinity_of(cells[f"{measure.lower()}_(nm)"], "nM", "", measure)
        for measure in _BINDINGDB_MEASURES
        if cells.get(f"{measure.lower()}_(nm)")
    ]
    chains = next((v for k, v in cells.items() if k.startswith("number_of_protein_chains")), "")
    sequence = next((v for k, v in cells.items() if k.endswith("target_chain_sequence")), "")
    year = re.search(r"\b(?:19|20)\d\d\b", cells.get("date_of_publication", ""))
    row = SourceRow(
        id=cells.get("bindingdb_monomerid") or f"row {number}",
        smiles=cells.get("ligand_smiles", ""),
        sequence=sequence.upper() if chains in ("", "1") else "",
        year=year[0] if year else "",
        ligand_code=cells.get("ligand_het_id_in_pdb", ""),
        columns={name: cells.get(key, "") for key, name in _BINDINGDB_CARRIED.items()},
    )
    targets = [
        *_listed(cells.get("pdb_id(s)_for_ligand-target_complex", "")),
        *_listed(cells.get("pdb_id(s)_of_target_chain", "")),
        *_listed(cells.get("uniprot_(swissprot)_primary_id_of_target_chain", "")),
        *filter(None, [cells.get("target_name", "")]),
    ]
    return Activity(row, found or [NO_VALUE], targets)


def _chembl(cells: Mapping[str, str], number: int) -> Activity:
    affinity, remark = _chembl_affinity(cells)
    row = SourceRow(
        id=cells.get("molecule_chembl_id") or f"row {number}",
        smiles=cells.get("canonical_smiles") or cells.get("smiles", ""),
        series=cells.get("assay_chembl_id", ""),
        year=(cells.get("document_year") or cells.get("year", "")).removesuffix(".0"),
        remark=remark,
        columns={name: cells[name] for name in _CHEMBL_CARRIED if name in cells},
    )
    names = ("pdb", "pdb_id", "target_chembl_id", "uniprot", "accession", "target_pref_name",
             "target_name", "target")  # fmt: skip
    targets = [cells[name] for name in names if cells.get(name)]
    return Activity(row, [affinity], targets, _chembl_problem(cells))


def _chembl_affinity(cells: Mapping[str, str]) -> tuple[Affinity | Refusal, str]:
    """Return the affinity of a row of ChEMBL: exact from its value, else its pChEMBL value."""
    measure = cells.get("standard_type", "")
    relation = cells.get("standard_relation", "")
    value, unit = cells.get("standard_value", ""), cells.get("standard_units", "")
    exact = affinity_of(value, unit, relation, measure)
    stated = affinity_of_pK(cells.get("pchembl_value", ""), "", measure)
    if isinstance(exact, Refusal):
        if isinstance(stated, Refusal):
            return exact, ""
        return stated, "pChEMBL value taken, the standard value is not usable"
    if isinstance(stated, Affinity) and abs(stated.pK - exact.pK) > _ROUNDING:
        return exact, "pChEMBL value differs from the standard value"
    return exact, ""


def _chembl_problem(cells: Mapping[str, str]) -> str:
    """Return why ChEMBL's own remarks make a row no use, "" where they do not."""
    doubt = cells.get("data_validity_comment", "").strip('"')
    if doubt and doubt.lower() not in ("none", "manually validated"):
        return f"ChEMBL doubts the value: {doubt.lower()}"
    if cells.get("potential_duplicate", "").strip().lower() in ("1", "true"):
        return "ChEMBL marks the value as a repeat of another paper's"
    if cells.get("assay_type", "B")[:1].upper() not in ("", "B", "F", "N"):
        return "assay is none of binding or function"
    if cells.get("assay_variant_mutation", "").lower() not in ("", "none"):
        return "measured on a variant of the protein"
    return ""


def _listed(text: str) -> list[str]:
    return [part for part in re.split(r"[,;|\s]+", text) if part]
