"""Every closed list that the graph speaks in: elements, atom types, residue kinds, roles, bonds.

Each entry has a line of meaning. The position of an entry is its index in embeddings, so entries
are only ever appended, and a change of order is a change of the weights' format.

Types are chosen so that they do not depend on how a file writes protonation: a carboxylate and a
carboxylic acid, an amine and an ammonium, the two tautomers of an imidazole have the same types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ELEMENTS: Final[Mapping[str, str]] = {
    "C": "carbon",
    "N": "nitrogen",
    "O": "oxygen",
    "S": "sulfur",
    "P": "phosphorus",
    "F": "fluorine",
    "Cl": "chlorine",
    "Br": "bromine",
    "I": "iodine",
    "B": "boron",
    "Si": "silicon",
    "Se": "selenium",
    "metal": "any metal",
    "other": "anything else",
}

LIGAND_ATOM_TYPES: Final[Mapping[str, str]] = {
    "carbon_aliphatic": "sp3 carbon bonded to carbon only",
    "carbon_aliphatic_polar": "sp3 carbon bonded to a heteroatom",
    "carbon_aromatic": "aromatic carbon bonded to carbon only",
    "carbon_aromatic_polar": "aromatic carbon bonded to a heteroatom, in or out of the ring",
    "carbon_carbonyl": "carbon doubly bonded to oxygen or sulfur, or of an acid",
    "carbon_amidine": "carbon of an amidine or guanidine",
    "carbon_unsaturated": "other sp2 or sp carbon",
    "nitrogen_amine": "basic aliphatic amine, any protonation",
    "nitrogen_aniline": "sp3-drawn nitrogen conjugated to an aromatic ring",
    "nitrogen_amide": "nitrogen of an amide, urea, carbamate or sulfonamide",
    "nitrogen_amidine": "nitrogen of an amidine or guanidine",
    "nitrogen_aromatic_six": "pyridine-like nitrogen of a six-membered aromatic ring",
    "nitrogen_aromatic_five": "nitrogen of a five-membered aromatic ring, any tautomer",
    "nitrogen_other": "nitrile, nitro, azide, imine, hydrazine and the rest",
    "oxygen_hydroxyl": "alcohol or phenol oxygen",
    "oxygen_ether": "ether or ester bridging oxygen, aromatic oxygen included",
    "oxygen_carbonyl": "oxygen of a ketone, aldehyde, amide, ester, urea",
    "oxygen_acid": "either oxygen of a carboxylic, phosphoric or sulfonic acid, any protonation",
    "oxygen_other": "oxygen of sulfonyl, nitro, N-oxide and the rest",
    "sulfur_reduced": "thiol or thioether",
    "sulfur_oxidised": "sulfur with a bond to oxygen",
    "sulfur_aromatic": "aromatic sulfur",
    "phosphorus": "any phosphorus",
    "fluorine": "organic fluorine",
    "chlorine": "organic chlorine",
    "bromine": "organic bromine",
    "iodine": "organic iodine",
    "metal": "a metal within the ligand",
    "other": "boron, silicon, selenium and the rest",
}

PROTEIN_ATOM_TYPES: Final[Mapping[str, str]] = {
    "backbone_nitrogen": "backbone N",
    "backbone_alpha": "backbone CA",
    "backbone_carbon": "backbone C",
    "backbone_oxygen": "backbone O and OXT",
    "carbon_aliphatic": "side-chain sp3 carbon bonded to carbon only",
    "carbon_polar": "side-chain sp3 carbon bonded to a heteroatom",
    "carbon_aromatic": "side-chain aromatic carbon of PHE, TYR, TRP",
    "carbon_imidazole": "side-chain carbon of the HIS ring",
    "carbon_carbonyl": "side-chain sp2 carbon of ASP, GLU, ASN, GLN, ARG",
    "nitrogen_amide": "side-chain N of ASN, GLN",
    "nitrogen_lysine": "NZ of LYS",
    "nitrogen_guanidinium": "N of the ARG head",
    "nitrogen_imidazole": "N of the HIS ring",
    "nitrogen_indole": "NE1 of TRP",
    "oxygen_hydroxyl": "OG, OG1 of SER, THR",
    "oxygen_phenol": "OH of TYR",
    "oxygen_amide": "side-chain O of ASN, GLN",
    "oxygen_carboxylate": "side-chain O of ASP, GLU",
    "sulfur_cysteine": "SG of CYS",
    "sulfur_methionine": "SD of MET",
    "metal_transition": "Zn, Fe, Mn, Co, Ni, Cu and other transition metals",
    "metal_hard": "Mg, Ca, Na, K and other s-block metals",
    "other_carbon": "carbon of a cofactor, nucleotide or unknown residue",
    "other_nitrogen": "nitrogen of the same",
    "other_oxygen": "oxygen of the same",
    "other_phosphorus": "phosphorus of the same",
    "other_sulfur": "sulfur of the same",
    "water_oxygen": "oxygen of a water",
    "other": "any other atom of the protein side",
}

RESIDUE_TYPES: Final[Mapping[str, str]] = {
    "ALA": "alanine",
    "ARG": "arginine",
    "ASN": "asparagine",
    "ASP": "aspartate",
    "CYS": "cysteine",
    "GLN": "glutamine",
    "GLU": "glutamate",
    "GLY": "glycine",
    "HIS": "histidine",
    "ILE": "isoleucine",
    "LEU": "leucine",
    "LYS": "lysine",
    "MET": "methionine",
    "PHE": "phenylalanine",
    "PRO": "proline",
    "SER": "serine",
    "THR": "threonine",
    "TRP": "tryptophan",
    "TYR": "tyrosine",
    "VAL": "valine",
    "metal_transition": "transition-metal ion",
    "metal_hard": "s-block metal ion",
    "cofactor": "haem, NAD, FAD, glycan and other groups that stay",
    "nucleotide": "DNA or RNA",
    "water": "water",
    "unknown": "an amino acid without a known parent",
}

ROLES: Final[Mapping[str, str]] = {
    "donor": "can donate a hydrogen bond in a usual protonation",
    "acceptor": "can accept a hydrogen bond in a usual protonation",
    "positive": "carries or shares a positive charge at pH 7",
    "negative": "carries or shares a negative charge at pH 7",
    "hydrophobic": "carbon without polar neighbours, sulfur, halogen",
    "aromatic": "member of an aromatic ring",
    "halogen": "chlorine, bromine or iodine, can give a halogen bond",
    "metal": "a metal ion, or an atom that commonly binds one",
}

BOND_TYPES: Final[Mapping[str, str]] = {
    "single": "single bond",
    "double": "double bond",
    "triple": "triple bond",
    "aromatic": "bond of an aromatic ring",
    "delocalised": "either bond of a carboxylate, amidine, guanidine, nitro or phosphate",
    "dative": "bond to a metal",
}

INTERACTIONS: Final[Mapping[str, str]] = {
    "hydrogen_bond": "donor and acceptor within 3.6 Å",
    "salt_bridge": "opposite charges within 4.5 Å",
    "hydrophobic": "two carbons without polar neighbours within 4.0 Å",
    "aromatic": "atoms of two aromatic rings within 5.0 Å",
    "cation_pi": "positive charge and aromatic ring atom within 5.0 Å",
    "halogen_bond": "halogen and acceptor within 3.6 Å",
    "metal": "metal and an atom that binds it within 2.8 Å",
}


def index_of(vocabulary: Mapping[str, str], entry: str, default: str | None = None) -> int:
    """Return the index of an entry.

    Parameters
    ----------
    vocabulary
        One of the mappings of this file.
    entry
        The entry to look up.
    default
        Entry to fall back on; without it an unknown entry raises KeyError.
    """
    names = list(vocabulary)
    if entry in vocabulary:
        return names.index(entry)
    if default is None:
        raise KeyError(f"{entry!r} is not in the vocabulary {names}")
    return names.index(default)
