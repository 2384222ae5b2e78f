"""What a ligand is apart from its pose: worked out once for poses of one molecule.

Docking programs write several poses of each ligand, one after the other. Nothing here depends on
coordinates but the choice among like neighbours that span a plane, which is made for each pose.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from molattn.graph.descriptors import ligand_descriptors
from molattn.graph.fingerprint import ligand_fingerprint
from molattn.graph.ligand_features import LigandFeatures, ligand_features
from molattn.structure.records import Floats, Ligand
from molattn.structure.standard_form import PoseFree, pose_free, standard_form

LIGANDS_KEPT = 256


@dataclass(frozen=True, slots=True, eq=False)
class KnownLigand:
    """The features of a ligand in its pose, and what describes it as a whole."""

    features: LigandFeatures
    descriptors: Floats  # [DESCRIPTOR_COUNT]
    fingerprint: Floats  # [FINGERPRINT_BITS]


def known_ligand(ligand: Ligand) -> KnownLigand:
    """Return what a graph holds of a ligand; its arrays may be shared and must not be changed."""
    molecule = pose_free(ligand.mol)
    if molecule is None:
        return _describe(ligand)
    known = _known(molecule, _Uncompared(ligand))
    return replace(known, features=known.features.in_pose(ligand.positions))


@dataclass(frozen=True, slots=True)
class _Uncompared:
    """A pose of a molecule, which plays no part in what is looked up."""

    ligand: Ligand

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Uncompared)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=LIGANDS_KEPT)
def _known(molecule: PoseFree, pose: _Uncompared) -> KnownLigand:
    return _describe(pose.ligand)


def _describe(ligand: Ligand) -> KnownLigand:
    form = standard_form(ligand.mol)
    features = ligand_features(form, ligand.positions)
    return KnownLigand(features, ligand_descriptors(form, features), ligand_fingerprint(form))
