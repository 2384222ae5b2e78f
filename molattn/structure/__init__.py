"""Files to records: protein, ligand and the pocket where they meet."""

from molattn.structure.complex_ligand import ligand_from_complex
from molattn.structure.ligand import LigandFailure, ligand_from_mol, read_ligand, read_ligands
from molattn.structure.ligand_chemistry import delocalised_groups, standard_form
from molattn.structure.ligand_site import (
    LigandCandidate,
    LigandSite,
    ResidueAddress,
    list_ligands,
    locate_ligand,
)
from molattn.structure.pocket import select_pocket
from molattn.structure.protein import read_protein
from molattn.structure.records import (
    AtomTable,
    Ligand,
    Note,
    Pocket,
    Protein,
    ResidueKind,
    ResidueTable,
    SourceRecord,
)

__all__ = [
    "AtomTable",
    "Ligand",
    "LigandCandidate",
    "LigandFailure",
    "LigandSite",
    "Note",
    "Pocket",
    "Protein",
    "ResidueAddress",
    "ResidueKind",
    "ResidueTable",
    "SourceRecord",
    "delocalised_groups",
    "ligand_from_complex",
    "ligand_from_mol",
    "list_ligands",
    "locate_ligand",
    "read_ligand",
    "read_ligands",
    "read_protein",
    "select_pocket",
    "standard_form",
]
