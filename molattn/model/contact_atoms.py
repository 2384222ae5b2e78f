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
        atom, partner = pair.edge_index
        left = self.ligand_type(ligand.atom_type) + self.ligand_roles(
            torch.cat((ligand.roles, ligand.features), -1)
        )
        right = self.pocket_type(pocket.atom_type) + self.pocket_roles(pocket.roles)
        oriented = (
            self.angle_basis(geometry.pair_distance).unsqueeze(-1)
            * geometry.pair_angles.unsqueeze(-2)
        ).flatten(1)
        filters = self.filter(torch.cat((self.basis(geometry.pair_distance), oriented), -1))
        product = left[atom] * right[partner] * filters * geometry.pair_envelope.unsqueeze(-1)
        contacts = graph[EDGE_LEVELS["contact"]].edge_index.shape[1]
        # a contact holds about ten pairs that matter
        return segment_sum(product, pair.contact, contacts) * 0.3
