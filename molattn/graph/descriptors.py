"""Descriptors of a ligand alone, from its standard form: size, polarity, shape of the graph."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from molattn.graph.fields import DESCRIPTOR_COUNT
from molattn.graph.ligand_features import LigandFeatures, rotatable_bonds
from molattn.graph.ligand_skeleton import Skeleton
from molattn.graph.path_descriptors import PATH_DESCRIPTORS, knows_all_bonds, path_descriptors
from molattn.graph.vocabulary import LIGAND_ATOM_TYPES, ROLES, index_of
from molattn.structure.records import Floats

_FROM_RDKIT: Final[Mapping[str, tuple[str, str]]] = {
    "mass": ("exactmw", "Da, of the neutral molecule with its hydrogens"),
    "crippen_logp": ("CrippenClogP", "log10 of the octanol–water partition (Wildman 1999)"),
    "crippen_refractivity": ("CrippenMR", "molar refractivity (Wildman 1999)"),
    "polar_surface": ("tpsa", "Å², topological (Ertl 2000)"),
    "labute_surface": ("labuteASA", "Å², approximate surface (Labute 2000)"),
    "fraction_sp3": ("FractionCSP3", "share of sp3 among the carbons"),
    "chi_0": ("chi0v", "valence connectivity index (Kier and Hall)"),
    "chi_1": ("chi1v", "valence connectivity index"),
    "chi_2": ("chi2v", "valence connectivity index"),
    "chi_3": ("chi3v", "valence connectivity index"),
    "hall_kier_alpha": ("hallKierAlpha", "sum of size corrections to the kappa indices"),
    "kappa_1": ("kappa1", "shape index"),
    "kappa_2": ("kappa2", "shape index"),
    "kappa_3": ("kappa3", "shape index"),
}

_COUNTED: Final[Mapping[str, str]] = {
    "heavy_atoms": "count",
    "carbons": "count",
    "nitrogens": "count",
    "oxygens": "count",
    "sulfurs": "count",
    "phosphorus": "count",
    "fluorines": "count",
    "heavy_halogens": "count of Cl, Br, I",
    "other_elements": "count of atoms of no element above",
    "donors": "count of donor atoms",
    "acceptors": "count of acceptor atoms",
    "positive_atoms": "count of atoms that share a positive charge",
    "acid_oxygens": "count of oxygens of acids",
    "bases": "count of basic amines and of amidine carbons",
    "hydrophobic_atoms": "count",
    "aromatic_atoms": "count",
    "amide_nitrogens": "count of nitrogens of amides, ureas, sulfonamides",
    "rotatable_bonds": "count",
    "rotatable_share": "rotatable bonds per heavy atom",
    "rings": "count of smallest rings",
    "aromatic_rings": "count",
    "aliphatic_rings": "count",
    "aromatic_heterocycles": "count",
    "aliphatic_heterocycles": "count",
    "largest_ring": "atoms in the largest smallest ring; above 8 a macrocycle",
    "largest_ring_system": "atoms in the largest set of fused, spiro or bridged rings",
}

DESCRIPTORS: Final[Mapping[str, str]] = {
    **{name: meaning for name, (_, meaning) in _FROM_RDKIT.items()},
    **_COUNTED,
}
"""Name and unit or meaning of each column of ``graph.descriptors``."""

DESCRIPTOR_NAMES: Final = tuple(DESCRIPTORS)


def ligand_descriptors(mol: Chem.Mol, features: LigandFeatures) -> Floats:
    """Return the descriptors of a ligand, [DESCRIPTOR_COUNT], all finite.

    Parameters
    ----------
    mol
        Standard form of the ligand.
    features
        Its features.
    """
    values = [*_from_rdkit(mol, features.skeleton), *_count(features)]
    result = np.nan_to_num(np.array(values, dtype=np.float64), posinf=0.0, neginf=0.0)
    assert result.shape == (DESCRIPTOR_COUNT,)
    return result


def _from_rdkit(mol: Chem.Mol, skeleton: Skeleton) -> list[float]:
    """Return what RDKit defines, in the order of _FROM_RDKIT."""
    here = PATH_DESCRIPTORS if knows_all_bonds(skeleton, mol) else ()
    asked = tuple(name for name in _FROM_RDKIT if name not in here)
    values = dict(zip(asked, _rdkit_properties(asked).ComputeProperties(mol), strict=True))
    if here:
        values.update(path_descriptors(skeleton, values["hall_kier_alpha"]))
    return [values[name] for name in _FROM_RDKIT]


@cache
def _rdkit_properties(names: tuple[str, ...]) -> rdMolDescriptors.Properties:
    return rdMolDescriptors.Properties([_FROM_RDKIT[name][0] for name in names])


def _count(features: LigandFeatures) -> list[float]:
    skeleton = features.skeleton
    number = skeleton.number
    roles = dict(zip(ROLES, features.roles.sum(0), strict=True))
    types = np.bincount(features.atom_type, minlength=len(LIGAND_ATOM_TYPES))
    elements = [number.count(element) for element in (6, 7, 8, 16, 15, 9)]
    halogens = sum(number.count(element) for element in (17, 35, 53))
    rotatable = len(rotatable_bonds(skeleton, features.atom_type.tolist()))

    def of_type(name: str) -> int:
        return int(types[index_of(LIGAND_ATOM_TYPES, name)])

    return [
        len(number),
        *elements,
        halogens,
        len(number) - sum(elements) - halogens,
        roles["donor"],
        roles["acceptor"],
        roles["positive"],
        of_type("oxygen_acid"),
        of_type("nitrogen_amine") + of_type("carbon_amidine"),
        roles["hydrophobic"],
        roles["aromatic"],
        of_type("nitrogen_amide"),
        rotatable,
        rotatable / max(len(number), 1),
        *_count_rings(skeleton),
    ]


def _count_rings(skeleton: Skeleton) -> list[float]:
    aromatic = [ring for ring in skeleton.rings if all(skeleton.aromatic[i] for i in ring)]
    hetero = [ring for ring in skeleton.rings if any(skeleton.number[i] != 6 for i in ring)]
    aromatic_hetero = sum(ring in aromatic for ring in hetero)
    return [
        len(skeleton.rings),
        len(aromatic),
        len(skeleton.rings) - len(aromatic),
        aromatic_hetero,
        len(hetero) - aromatic_hetero,
        max(map(len, skeleton.rings), default=0),
        _largest_ring_system(skeleton.rings),
    ]


def _largest_ring_system(rings: list[tuple[int, ...]]) -> int:
    systems: list[set[int]] = []
    for ring in rings:
        touching = [system for system in systems if not system.isdisjoint(ring)]
        systems = [system for system in systems if system.isdisjoint(ring)]
        systems.append(set(ring).union(*touching))
    return max(map(len, systems), default=0)
