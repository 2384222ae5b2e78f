"""Physical terms whose form is known and whose parameters are learned, resolved by atom types.

Forms as in :mod:`molattn.model.physics`. Every parameter is a deviation from a sane value (the
radii of X-Score, the weights of Vina, well depths of one, an angle that suits sp2 and sp3 alike)
and starts at zero, so :func:`physics_penalty`, the sum of their squares, pulls back to physics::

    depth(t_i, t_a)  = exp(tanh(u_i · v_a))          one pair of embeddings per term
    surface(i, a)    = d - R_i - R_a - 0.4 tanh(r_i) - 0.4 tanh(r_a)
    hydrogen bond    = ramp(surface) · σ(cosine at i) · σ(cosine at a) · (1 - s · out of plane)

Two terms look at single atoms: polar atoms that are buried without a partner (desolvation), and
hydrophobic ones that are buried. Burial is a smooth count of the atoms around, so nothing jumps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor, nn

from molattn.graph.descriptors import DESCRIPTOR_NAMES
from molattn.graph.fields import EDGE_LEVELS
from molattn.graph.geometry import Geometry, envelope
from molattn.graph.graph import ComplexGraph
from molattn.graph.vocabulary import ELEMENTS, LIGAND_ATOM_TYPES, PROTEIN_ATOM_TYPES, ROLES
from molattn.model.physics import RADII, ramp
from molattn.model.segments import segment_sum

PAIR_TERMS: Final = (
    "gauss_near",
    "gauss_far",
    "repulsion",
    "hydrophobic",
    "hydrogen_bond",
    "salt_bridge",
    "like_charges",
    "metal",
    "aromatic",
)
ATOM_TERMS: Final = ("polar_desolvation", "pocket_desolvation", "hydrophobic_burial")
LEARNED_PHYSICS_TERMS: Final = (*PAIR_TERMS, *ATOM_TERMS, "rotatable_bonds", "energy")

START_WEIGHTS: Final[Mapping[str, float]] = {
    "gauss_near": -0.0356,
    "gauss_far": -0.00516,
    "repulsion": 0.840,
    "hydrophobic": -0.0351,
    "hydrogen_bond": -0.587,
    "salt_bridge": -0.2,
    "like_charges": 0.1,
    "metal": -0.5,
    "aromatic": -0.01,
    "polar_desolvation": 0.1,
    "pocket_desolvation": 0.05,
    "hydrophobic_burial": -0.05,
}
"""kcal/mol. The first five are Vina's; the others are small guesses of the right sign."""

ROTOR: Final = 0.0585
"""Vina's loss of energy per rotatable bond."""

RANK: Final = 4
_BURIED: Final = 12.0
"""Atoms within about 5 Å of one that is half buried."""

_METAL: Final = list(ELEMENTS).index("metal")
_ROTATABLE: Final = DESCRIPTOR_NAMES.index("rotatable_bonds")


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """What the pair terms look at, one row a pair."""

    ligand: Mapping[str, Tensor]
    pocket: Mapping[str, Tensor]
    surface: Tensor  # Å
    angles: Tensor  # [pairs, 5], see PAIR_ANGLES


class LearnedPhysics(nn.Module):
    """Sums over a complex of physical terms with learned, type-resolved parameters."""

    radii: Tensor
    start: Tensor

    def __init__(self) -> None:
        super().__init__()
        ligand_types, pocket_types = len(LIGAND_ATOM_TYPES), len(PROTEIN_ATOM_TYPES)
        radii = torch.tensor([RADII[element] for element in ELEMENTS])
        self.register_buffer("radii", radii, persistent=False)
        start = torch.tensor(list(START_WEIGHTS.values()))
        self.register_buffer("start", start, persistent=False)
        self.ligand_radius = nn.Parameter(torch.zeros(ligand_types))
        self.pocket_radius = nn.Parameter(torch.zeros(pocket_types))
        self.ligand_depth = nn.Parameter(torch.zeros(len(PAIR_TERMS), ligand_types, RANK))
        # one side starts away from zero, else neither would ever move
        self.pocket_depth = nn.Parameter(torch.randn(len(PAIR_TERMS), pocket_types, RANK) * 0.5)
        self.ligand_solvation = nn.Parameter(torch.zeros(ligand_types))
        self.pocket_solvation = nn.Parameter(torch.zeros(pocket_types))
        self.log_weight = nn.Parameter(torch.zeros(len(START_WEIGHTS)))
        self.angle = nn.Parameter(torch.zeros(6))

    def forward(self, graph: ComplexGraph, geometry: Geometry, complexes: int) -> Tensor:
        """Return [B, len(LEARNED_PHYSICS_TERMS)].

        Pair and atom terms are sums with their learned depths, before their weights; ``energy`` is
        the weighted sum of all in kcal/mol over ``1 + ROTOR · rotatable bonds``.
        """
        pair = graph[EDGE_LEVELS["pair"]]
        values = self.pair_terms(graph, geometry)
        pairs = segment_sum(values, pair.batch, complexes)
        bonds, metals = PAIR_TERMS.index("hydrogen_bond"), PAIR_TERMS.index("metal")
        bonded = values[:, bonds] + values[:, metals]
        terms = torch.cat((pairs, self._atom_terms(graph, geometry, bonded, complexes)), -1)
        rotatable = graph["descriptors"][:, _ROTATABLE]
        weight = self.start * torch.exp(torch.tanh(self.log_weight))
        energy = (terms @ weight) / (1.0 + ROTOR * rotatable)
        return torch.cat((terms, rotatable.unsqueeze(-1), energy.unsqueeze(-1)), -1)

    def pair_terms(self, graph: ComplexGraph, geometry: Geometry) -> Tensor:
        """Return every pair term of every pair, [pairs, len(PAIR_TERMS)]."""
        ligand, pocket = graph["ligand"], graph["pocket_atom"]
        atom, partner = graph[EDGE_LEVELS["pair"]].edge_index
        left = self.radii[ligand.element] + 0.4 * torch.tanh(self.ligand_radius[ligand.atom_type])
        right = self.radii[pocket.element] + 0.4 * torch.tanh(self.pocket_radius[pocket.atom_type])
        pairs = _Pairs(
            ligand=_gathered_roles(ligand, atom),
            pocket=_gathered_roles(pocket, partner),
            surface=geometry.pair_distance
            - left.index_select(0, atom)
            - right.index_select(0, partner),
            angles=geometry.pair_angles,
        )
        depth = torch.exp(torch.tanh(self.ligand_depth @ self.pocket_depth.transpose(1, 2)))
        kind = ligand.atom_type.index_select(0, atom) * len(PROTEIN_ATOM_TYPES)
        cell = kind + pocket.atom_type.index_select(0, partner)
        depth = depth.flatten(1).index_select(1, cell)
        return (self._forms(pairs) * depth * geometry.pair_envelope).T

    def _forms(self, pairs: _Pairs) -> Tensor:
        """Return a row for each term, [len(PAIR_TERMS), pairs]: sums over rows are quick."""
        left, right, surface = pairs.ligand, pairs.pocket, pairs.surface
        bond, charge = ramp(surface, -0.7, 0.0), ramp(surface, 0.0, 3.0)
        greasy = ramp(surface, 0.5, 1.5)
        gives, takes = left["donor"] * right["acceptor"], left["acceptor"] * right["donor"]
        forms = (
            torch.exp(-(surface / 0.5).square().clamp_max(20.0)),
            torch.exp(-((surface - 3.0) / 2.0).square().clamp_max(20.0)),
            surface.clamp_max(0.0).square(),
            left["hydrophobic"] * right["hydrophobic"] * greasy,
            (gives + takes).clamp_max(1.0) * bond * self._aligned(pairs.angles),
            (left["positive"] * right["negative"] + left["negative"] * right["positive"]) * charge,
            (left["positive"] * right["positive"] + left["negative"] * right["negative"]) * charge,
            (left["metal"] * right["ion"] + left["ion"] * right["metal"]) * bond,
            left["aromatic"] * right["aromatic"] * greasy * self._stacked(pairs.angles),
        )
        return torch.stack(forms)

    def _aligned(self, angles: Tensor) -> Tensor:
        """Return 0–1 how well both partners of a hydrogen bond point at each other."""
        at_ligand, at_pocket, off_ligand, off_pocket, _ = angles.unbind(-1)
        threshold, sharpness, flat = -0.2 + 0.5 * torch.tanh(self.angle[:2]), 6.0, self.angle[2]
        pointing = torch.sigmoid(sharpness * (at_ligand - threshold[0])) * torch.sigmoid(
            sharpness * (at_pocket - threshold[1])
        )
        plane = 1.0 - torch.sigmoid(flat - 1.0) * 0.5 * (off_ligand + off_pocket)
        return pointing * plane

    def _stacked(self, angles: Tensor) -> Tensor:
        """Return about one: parallel rings over or beside one another, edge against face."""
        parallel, over = angles[:, 4], 0.5 * (angles[:, 2] + angles[:, 3])
        slope = self.angle[3] * parallel + self.angle[4] * over + self.angle[5] * parallel * over
        return torch.exp(torch.tanh(slope))

    def _atom_terms(
        self, graph: ComplexGraph, geometry: Geometry, bonded: Tensor, complexes: int
    ) -> Tensor:
        ligand, pocket = graph["ligand"], graph["pocket_atom"]
        atom, partner = graph[EDGE_LEVELS["pair"]].edge_index
        around = envelope(geometry.pair_distance, 6.0, 2.0)
        both = torch.stack((around, bonded), -1)
        count, met = segment_sum(both, atom, len(ligand.element)).unbind(-1)
        pocket_count, pocket_met = segment_sum(both, partner, len(pocket.element)).unbind(-1)
        buried = count / (count + _BURIED)
        pocket_buried = pocket_count / (pocket_count + _BURIED)
        polar = torch.exp(torch.tanh(self.ligand_solvation))[ligand.atom_type]
        pocket_polar = torch.exp(torch.tanh(self.pocket_solvation))[pocket.atom_type]
        roles, pocket_roles = _roles(ligand.roles), _roles(pocket.roles)
        alone, pocket_alone = torch.exp(-2.0 * met), torch.exp(-2.0 * pocket_met)
        owner, pocket_owner = ligand.batch, pocket.batch
        return torch.stack(
            (
                segment_sum(_polar(roles) * polar * buried * alone, owner, complexes),
                segment_sum(
                    _polar(pocket_roles) * pocket_polar * pocket_buried * pocket_alone,
                    pocket_owner,
                    complexes,
                ),
                segment_sum(roles["hydrophobic"] * polar * buried, owner, complexes),
            ),
            -1,
        )


def physics_penalty(physics: LearnedPhysics) -> Tensor:
    """Return the mean squared deviation of the learned parameters from their sane values.

    Depths count as products, since only those have a meaning; a table of ones costs nothing.
    """
    depth = physics.ligand_depth @ physics.pocket_depth.transpose(1, 2)
    parts = (
        depth,
        physics.ligand_radius,
        physics.pocket_radius,
        physics.ligand_solvation,
        physics.pocket_solvation,
        physics.log_weight,
        physics.angle,
    )
    return torch.stack([part.square().mean() for part in parts]).sum()


def _roles(roles: Tensor) -> dict[str, Tensor]:
    return dict(zip(ROLES, roles.unbind(-1), strict=True))


def _gathered_roles(atoms: Any, rows: Tensor) -> dict[str, Tensor]:
    """Return roles of the atoms in these rows, and whether they are ions, [pairs] each."""
    columns = torch.cat((atoms.roles.T, _is_ion(atoms.element).to(atoms.roles).unsqueeze(0)))
    return dict(zip((*ROLES, "ion"), columns.index_select(1, rows), strict=True))


def _is_ion(element: Tensor) -> Tensor:
    # the role of a metal is also that of atoms that bind one
    return (element == _METAL).float()


def _polar(roles: Mapping[str, Tensor]) -> Tensor:
    return (roles["donor"] + roles["acceptor"]).clamp_max(1.0)
