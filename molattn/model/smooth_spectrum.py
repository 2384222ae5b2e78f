"""The contact spectrum inside the network: smooth counts of atom-class pairs in shells."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from molattn.graph.fields import CONTACT_CUTOFF, EDGE_LEVELS
from molattn.graph.geometry import Geometry
from molattn.graph.graph import ComplexGraph
from molattn.graph.vocabulary import LIGAND_ATOM_TYPES, PROTEIN_ATOM_TYPES
from molattn.model.radial import RadialBasis
from molattn.model.segments import segment_sum

SHELLS: Final = 9

# first words that share a class; everything else is in the last class
LIGAND_CLASSES: Final = (
    ("carbon_aliphatic",),
    ("carbon_aliphatic_polar", "carbon_carbonyl", "carbon_amidine"),
    ("carbon_aromatic", "carbon_unsaturated"),
    ("carbon_aromatic_polar",),
    ("nitrogen_amine", "nitrogen_amidine"),
    ("nitrogen_amide", "nitrogen_aniline", "nitrogen_other"),
    ("nitrogen_aromatic_six", "nitrogen_aromatic_five"),
    ("oxygen_hydroxyl", "oxygen_ether"),
    ("oxygen_carbonyl", "oxygen_other"),
    ("oxygen_acid", "phosphorus"),
    ("sulfur_reduced", "sulfur_oxidised", "sulfur_aromatic"),
    ("fluorine",),
    ("chlorine", "bromine", "iodine"),
)
POCKET_CLASSES: Final = (
    ("backbone_alpha", "backbone_carbon", "carbon_carbonyl", "other_carbon"),
    ("carbon_aliphatic",),
    ("carbon_polar",),
    ("carbon_aromatic", "carbon_imidazole"),
    ("backbone_nitrogen", "nitrogen_amide", "nitrogen_indole", "other_nitrogen"),
    ("nitrogen_lysine", "nitrogen_guanidinium", "nitrogen_imidazole"),
    ("backbone_oxygen", "oxygen_amide", "other_oxygen"),
    ("oxygen_hydroxyl", "oxygen_phenol", "water_oxygen"),
    ("oxygen_carboxylate", "other_phosphorus"),
    ("sulfur_cysteine", "sulfur_methionine", "other_sulfur"),
)


def _class_of(types: tuple[str, ...], classes: tuple[tuple[str, ...], ...]) -> Tensor:
    lookup = {name: row for row, names in enumerate(classes) for name in names}
    return torch.tensor([lookup.get(name, len(classes)) for name in types])


class SmoothSpectrum(nn.Module):
    """``log(1 + counts)`` of atom-class pairs in overlapping shells up to the contact cutoff.

    Shells are Gaussian bumps times the contact envelope, so no count jumps as an atom moves.
    """

    ligand_class: Tensor
    pocket_class: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.columns = (len(LIGAND_CLASSES) + 1) * (len(POCKET_CLASSES) + 1)
        self.width = self.columns * SHELLS
        ligand_class = _class_of(tuple(LIGAND_ATOM_TYPES), LIGAND_CLASSES)
        pocket_class = _class_of(tuple(PROTEIN_ATOM_TYPES), POCKET_CLASSES)
        self.register_buffer("ligand_class", ligand_class, persistent=False)
        self.register_buffer("pocket_class", pocket_class, persistent=False)
        self.basis = RadialBasis(SHELLS, 3.0, CONTACT_CUTOFF)

    def forward(self, graph: ComplexGraph, geometry: Geometry, complexes: int) -> Tensor:
        """Return [B, width]."""
        pair = graph[EDGE_LEVELS["pair"]]
        atom, partner = pair.edge_index
        left = self.ligand_class[graph["ligand"].atom_type].index_select(0, atom)
        right = self.pocket_class[graph["pocket_atom"].atom_type].index_select(0, partner)
        column = left * (len(POCKET_CLASSES) + 1) + right
        counts = self.basis(geometry.pair_distance) * geometry.pair_envelope.unsqueeze(-1)
        summed = segment_sum(counts, pair.batch * self.columns + column, complexes * self.columns)
        return torch.log1p(summed.view(complexes, self.width))
