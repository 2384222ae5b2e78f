"""What a contact sees of the atoms below its residue: typed, oriented atom–atom distances.

A residue is a token, but most of the signal is in which atoms meet at which distance. For contact
c of ligand atom i and residue j::

    atoms_c = Σ_a envelope(d_ia) · ligand(i) ⊙ pocket(a) ⊙ filter(d_ia, angles_ia)

with learned embeddings of both atoms (type and roles) and a filter that is linear in a radial basis
of the distance and in products of a coarser basis with the angles of the pair.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from molattn.graph.fields import CONTACT_CUTOFF, EDGE_LEVELS, LIGAND_FEATURES
from molattn.graph.geometry import PAIR_ANGLES, Geometry
from molattn.graph.graph import ComplexGraph
from molattn.graph.vocabulary import LIGAND_ATOM_TYPES, PROTEIN_ATOM_TYPES, ROLES
from molattn.model.radial import RadialBasis
from molattn.model.segments import segment_sum

ANGLE_SHELLS = 4


class ContactAtoms(nn.Module):
    """Sum of typed, oriented atom–atom terms below each contact.

    Parameters
    ----------
    width
        Width of the vector of a contact.
    radial
        Number of radial basis functions.
    """

    def __init__(self, width: int, radial: int) -> None:
        super().__init__()
        self.ligand_type = nn.Embedding(len(LIGAND_ATOM_TYPES), width)
        self.ligand_roles = nn.Linear(len(ROLES) + len(LIGAND_FEATURES), width)
        self.pocket_type = nn.Embedding(len(PROTEIN_ATOM_TYPES), width)
        self.pocket_roles = nn.Linear(len(ROLES), width)
        self.basis = RadialBasis(radial, 2.0, CONTACT_CUTOFF)
        self.angle_basis = RadialBasis(ANGLE_SHELLS, 2.5, 5.5)
        self.filter = nn.Linear(radial + ANGLE_SHELLS * len(PAIR_ANGLES), width)
        for embedding in (self.ligand_type, self.pocket_type):
            nn.init.normal_(embedding.weight, std=0.5)

    def forward(self, graph: ComplexGraph, geometry: Geometry) -> Tensor:
        """Return [contacts, width]."""
        ligand, pocket = graph["ligand"], graph["pocket_atom"]
        pair = graph[EDGE_LEVELS["pair"]]
        partner = pair.edge_index[1]
        left = self.ligand_type(ligand.atom_type) + self.ligand_roles(
            torch.cat((ligand.roles, ligand.features), -1)
        )
        right = self.pocket_type(pocket.atom_type) + self.pocket_roles(pocket.roles)
        distance = geometry.pair_distance
        oriented = self.angle_basis.rows(distance).unsqueeze(1) * geometry.pair_angles.T
        bumps = torch.cat((self.basis.rows(distance), oriented.flatten(0, 1)))
        filters = self.filter(bumps.T)
        product = right.index_select(0, partner) * filters * geometry.pair_envelope.unsqueeze(-1)
        atom = graph[EDGE_LEVELS["contact"]].edge_index[0]
        # all pairs of a contact share the ligand atom; about ten of them matter
        summed = segment_sum(product, pair.contact, len(atom))
        result: Tensor = summed * left.index_select(0, atom) * 0.3
        return result
