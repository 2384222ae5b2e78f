"""The assembled network, top-down: ComplexGraph → Prediction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import torch
from torch import Tensor, nn

from molattn.graph.fields import (
    CONTACT_CUTOFF,
    EDGE_LEVELS,
    LIGAND_FEATURES,
    LIGAND_NEAR_CUTOFF,
    RELIABILITY,
    RESIDUE_NEAR_CUTOFF,
)
from molattn.graph.geometry import Geometry, complex_geometry
from molattn.graph.graph import ComplexGraph
from molattn.graph.vocabulary import (
    BOND_TYPES,
    ELEMENTS,
    LIGAND_ATOM_TYPES,
    RESIDUE_TYPES,
    ROLES,
)
from molattn.model.auxiliary_heads import AuxiliaryHeads, MaskEntries
from molattn.model.config import NetworkConfig
from molattn.model.contact_atoms import ContactAtoms
from molattn.model.cross_attention import CrossAttentionBlock, log_envelope
from molattn.model.distance_likelihood import SCORE_SCALE, SCORES, DistanceLikelihood
from molattn.model.encoders import Encoder
from molattn.model.learned_physics import LEARNED_PHYSICS_TERMS, LearnedPhysics
from molattn.model.logit_terms import ContactBasis, Contacts, alignment
from molattn.model.physics import PHYSICS_TERMS, PhysicalTerms
from molattn.model.prediction import Block, Prediction
from molattn.model.readout import PairReadout, Reading
from molattn.model.segments import segment_sum
from molattn.model.smooth_spectrum import SmoothSpectrum
from molattn.model.tokens import Evidence, GatedTokens, LigandSummary, PocketSummary

RESIDUE_KINDS = 6


class Network(nn.Module):
    """Ligand–pocket complex to pK, its spread, a pose confidence and the shares of pK.

    ::

        atoms, residues  = encoders(graph)                          equivariant, invariants leave
        pairs            = Σ typed, oriented atom–atom terms        per contact
        atoms, residues  = blocks(atoms ⇄ residues | pairs)         named logit terms + null
        pK               = bias + Σ contact shares + Σ gate · token
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        scalars, width = config.scalars, config.pair_width
        self.bias = nn.Parameter(torch.tensor(6.0))

        self.atom_type = nn.Embedding(len(LIGAND_ATOM_TYPES), scalars)
        self.atom_element = nn.Embedding(len(ELEMENTS), scalars)
        self.atom_features = nn.Linear(len(ROLES) + len(LIGAND_FEATURES), scalars)
        self.bond_type = nn.Embedding(len(BOND_TYPES), scalars)
        self.ligand_encoder = self._encoder(config.ligand_layers, LIGAND_NEAR_CUTOFF, 12.0, 1)
        self.residue_type = nn.Embedding(len(RESIDUE_TYPES), scalars)
        self.residue_kind = nn.Embedding(RESIDUE_KINDS, scalars)
        self.residue_reliability = nn.Linear(len(RELIABILITY), scalars, bias=False)
        # a flag that training never shows must not speak
        nn.init.zeros_(self.residue_reliability.weight)
        self.pocket_encoder = self._encoder(config.pocket_layers, RESIDUE_NEAR_CUTOFF, 8.0, 3)

        self.contact_basis = ContactBasis(config.radial)
        self.contact_atoms = ContactAtoms(width, config.radial)
        self.blocks = nn.ModuleList(CrossAttentionBlock(config) for _ in range(config.blocks))
        self.readout = PairReadout(config)

        self.ligand_summary = LigandSummary(scalars, width, config.dropout)
        self.pocket_summary = PocketSummary(scalars, width)
        learned = config.physics == "learned"
        self.physics_terms = LEARNED_PHYSICS_TERMS if learned else PHYSICS_TERMS
        self.physical_terms = LearnedPhysics() if learned else PhysicalTerms()
        self.physics = Evidence(2 * len(self.physics_terms), width, config.dropout)
        self.smooth_spectrum = SmoothSpectrum()
        self.spectrum = Evidence(self.smooth_spectrum.width, width, min(0.9, 2 * config.dropout))
        judges = "likelihood" in config.tokens
        self.distance_likelihood = DistanceLikelihood(scalars) if judges else None
        self.likelihood = Evidence(len(SCORES), width, config.dropout) if judges else None
        if self.likelihood is not None:
            self.likelihood.scaling.deviation.copy_(torch.tensor(SCORE_SCALE))
        self.tokens = GatedTokens(config.tokens, width)

        pose_width = (3 if judges else 2) * width
        self.spread = nn.Sequential(
            nn.Linear(pose_width + width, width), nn.SiLU(), nn.Linear(width, 1)
        )
        self.pose = nn.Sequential(nn.Linear(pose_width, width), nn.SiLU(), nn.Linear(width, 1))
        self.masks = MaskEntries(config)
        self.auxiliary = AuxiliaryHeads(config, pose_width)

    def _encoder(self, layers: int, cutoff: float, neighbours: float, vectors_in: int) -> Encoder:
        return Encoder(
            self.config.scalars,
            self.config.vectors,
            layers=layers,
            radial=self.config.radial,
            cutoff=cutoff,
            neighbours=neighbours,
            vectors_in=vectors_in,
        )

    def forward(
        self,
        graph: ComplexGraph,
        *,
        temperature: float = 1.0,
        off: frozenset[str] = frozenset(),
        keep: bool = False,
        geometry: Geometry | None = None,
    ) -> Prediction:
        """Answer for a collated batch of B complexes.

        Parameters
        ----------
        graph
            From :func:`molattn.graph.batch.collate`.
        temperature
            Of every attention softmax; towards 0 sharpens, towards infinity flattens.
        off
            Names of logit terms and tokens to switch off, for ablations.
        keep
            Keep the attention and logit terms of every block in ``Prediction.blocks``.
        geometry
            Of the batch, where it is known already.
        """
        geometry = geometry if geometry is not None else complex_geometry(graph)
        atoms, atom_vectors = self.encode_ligand(graph, geometry)
        residues, residue_vectors = self.encode_pocket(graph, geometry)
        contacts = self.gather(graph, geometry, atoms, residues, atom_vectors, residue_vectors)
        edge = graph[EDGE_LEVELS["contact"]]
        fade = log_envelope(geometry.contact_envelope)

        blocks: list[Block] = []
        for block in self.blocks:
            new_atoms, new_residues, attended = block(contacts, fade, temperature, off)
            contacts = replace(contacts, atom_scalars=new_atoms, residue_scalars=new_residues)
            blocks.append(attended)

        ones = graph["descriptors"].new_ones(len(graph["ligand"].batch))
        atom_count = segment_sum(ones, graph["ligand"].batch, len(graph["descriptors"]))
        last = blocks[-1]
        reading = self.readout(
            contacts, last.atom_to_residue.attention, fade, edge.batch, atom_count, temperature
        )
        physics = self.physical_terms(graph, geometry, len(atom_count))
        likelihood = None
        if self.distance_likelihood is not None:
            likelihood = self.distance_likelihood(graph, geometry, atoms, atom_count)
        evidence, summary_attention = self.evidence(
            graph, geometry, atoms, contacts.residue_scalars, temperature
        )
        evidence["physics"] = self.physics(_two_scales(physics, atom_count))
        if likelihood is not None and self.likelihood is not None:
            evidence["likelihood"] = self.likelihood(likelihood.score)
        prediction = self.conclude(
            reading, evidence, summary_attention, edge.batch, blocks, off, keep
        )
        auxiliary: Mapping[str, Tensor] = {}
        if not torch.is_inference_mode_enabled():  # these heads serve training alone
            view = pose_view(reading, evidence)
            auxiliary = self.auxiliary(contacts, geometry.contact_envelope, view)
        return replace(
            prediction,
            physics=dict(zip(self.physics_terms, physics.unbind(-1), strict=True)),
            likelihood=likelihood,
            auxiliary=auxiliary,
        )

    def encode_ligand(self, graph: ComplexGraph, geometry: Geometry) -> tuple[Tensor, Tensor]:
        """Return scalars [a, s] and vectors [a, v, 3] of the ligand's atoms."""
        ligand, bond = graph["ligand"], graph[EDGE_LEVELS["bond"]]
        scalars = (
            self.atom_type(ligand.atom_type)
            + self.atom_element(ligand.element)
            + self.atom_features(torch.cat((ligand.roles, ligand.features), -1))
        )
        scalars = self.masks(scalars, ligand.get("masked"), self.masks.atom)
        first, second = bond.edge_index
        bonded = scalars.index_select(0, second) * torch.sigmoid(self.bond_type(bond.bond_type))
        scalars = scalars + 0.5 * segment_sum(bonded, first, len(scalars))
        encoded: tuple[Tensor, Tensor] = self.ligand_encoder(
            scalars,
            geometry.ligand_direction.unsqueeze(1),
            graph[EDGE_LEVELS["near"]].edge_index,
            geometry.near_vector,
            geometry.near_envelope,
        )
        return encoded

    def encode_pocket(self, graph: ComplexGraph, geometry: Geometry) -> tuple[Tensor, Tensor]:
        """Return scalars [r, s] and vectors [r, v, 3] of the pocket's residues."""
        residue = graph["residue"]
        scalars = (
            self.residue_type(residue.residue_type)
            + self.residue_kind(residue.kind)
            + self.residue_reliability(residue.reliability)
        )
        scalars = self.masks(scalars, residue.get("masked"), self.masks.residue)
        edge_index = graph[EDGE_LEVELS["shell"]].edge_index
        # a residue fades out as a neighbour where it leaves the pocket
        weight = geometry.shell_envelope * geometry.residue_envelope.index_select(0, edge_index[1])
        encoded: tuple[Tensor, Tensor] = self.pocket_encoder(
            scalars, geometry.residue_axes, edge_index, geometry.shell_vector, weight
        )
        return encoded

    def gather(
        self,
        graph: ComplexGraph,
        geometry: Geometry,
        atoms: Tensor,
        residues: Tensor,
        atom_vectors: Tensor,
        residue_vectors: Tensor,
    ) -> Contacts:
        """Gather per contact what the logit terms and the readout look at."""
        atom, residue = graph[EDGE_LEVELS["contact"]].edge_index
        closest = geometry.contact_distance[:, 0]
        line = geometry.contact_vector
        atoms_below = self.contact_atoms(graph, geometry)
        return Contacts(
            atom=atom,
            residue=residue,
            atom_scalars=atoms,
            residue_scalars=residues,
            atom_vectors=atom_vectors,
            residue_vectors=residue_vectors,
            atom_type=graph["ligand"].atom_type.index_select(0, atom),
            residue_type=graph["residue"].residue_type.index_select(0, residue),
            distance=closest,
            bumps=self.contact_basis(geometry.contact_distance),
            orientation=torch.cat(
                (geometry.contact_angles.T, closest.unsqueeze(0) / CONTACT_CUTOFF)
            ).T,
            alignment=alignment(atom_vectors, residue_vectors, atom, residue, line),
            line=line,
            atoms=atoms_below,
            atom_columns=atoms_below.T.contiguous().T,
            reliability=graph["residue"].reliability.T.contiguous().index_select(1, residue).T,
        )

    def evidence(
        self,
        graph: ComplexGraph,
        geometry: Geometry,
        atoms: Tensor,
        residues: Tensor,
        temperature: float,
    ) -> tuple[dict[str, Tensor], Tensor]:
        """Return the vector of the other tokens [B, width] and the summary's attention [r]."""
        ligand = self.ligand_summary(graph["descriptors"], atoms, graph["ligand"].batch)
        summary, attention = self.pocket_summary(
            ligand,
            residues,
            graph["residue"].batch,
            geometry.residue_distance,
            log_envelope(geometry.residue_envelope),
            temperature,
        )
        return {
            "ligand": ligand,
            "summary": summary,
            "spectrum": self.spectrum(self.smooth_spectrum(graph, geometry, len(ligand))),
        }, attention

    def raw_physics(self, graph: ComplexGraph, geometry: Geometry, atom_count: Tensor) -> Tensor:
        """Return physical terms [B, 2 n]: ``log(1 + sum)`` and the sum per heavy atom."""
        return _two_scales(self.physical_terms(graph, geometry, len(atom_count)), atom_count)

    def conclude(
        self,
        reading: Reading,
        evidence: Mapping[str, Tensor],
        summary_attention: Tensor,
        contact_batch: Tensor,
        blocks: list[Block],
        off: frozenset[str],
        keep: bool,
    ) -> Prediction:
        """Add up the ledger and read the heads."""
        taking_part = {name: evidence[name] for name in self.config.tokens if name not in off}
        shares, gates = self.tokens(taking_part, evidence["ligand"])
        complexes = len(evidence["ligand"])
        pK = self.bias + segment_sum(reading.share, contact_batch, complexes)
        for share in shares.values():
            pK = pK + share
        pose = pose_view(reading, evidence)
        features = torch.cat((pose, evidence["ligand"]), -1)
        spread = 0.3 + nn.functional.softplus(self.spread(features.detach()).squeeze(-1) + 0.5)
        last = blocks[-1]
        return Prediction(
            pK=pK,
            spread=spread,
            pose_logit=self.pose(pose).squeeze(-1),
            bias=self.bias,
            contact_share=reading.share,
            token_share=shares,
            gates=gates,
            attention=last.atom_to_residue.attention.mean(-1),
            atom_null=last.atom_to_residue.null.mean(-1),
            residue_attention=last.residue_to_atom.attention.mean(-1),
            residue_null=last.residue_to_atom.null.mean(-1),
            query_attention=reading.query_attention,
            query_null=reading.query_null,
            summary_attention=summary_attention,
            features=features,
            blocks=tuple(blocks) if keep else (),
        )

    @torch.no_grad()
    def fit_scaling(self, batches: Iterable[ComplexGraph]) -> None:
        """Measure mean and deviation of every raw token on training batches.

        The likelihood keeps its fixed scale: its densities are not learned yet.
        """
        descriptors, physics, spectrum = [], [], []
        for graph in batches:
            geometry = complex_geometry(graph)
            complexes = len(graph["descriptors"])
            ones = geometry.pair_distance.new_ones(len(graph["ligand"].batch))
            atom_count = segment_sum(ones, graph["ligand"].batch, complexes)
            descriptors.append(graph["descriptors"])
            physics.append(self.raw_physics(graph, geometry, atom_count))
            spectrum.append(self.smooth_spectrum(graph, geometry, complexes))
        self.ligand_summary.descriptors.scaling.fit(torch.cat(descriptors))
        self.physics.scaling.fit(torch.cat(physics))
        self.spectrum.scaling.fit(torch.cat(spectrum))

    @torch.no_grad()
    def set_bias(self, mean: float) -> None:
        """Start the sum of shares at the mean pK of the training set."""
        self.bias.fill_(mean)


def pose_view(reading: Reading, evidence: Mapping[str, Tensor]) -> Tensor:
    """Return what the pose head sees: the pairs, the physics and, if known, the likelihood."""
    seen = [reading.summary, evidence["physics"]]
    if "likelihood" in evidence:
        seen.append(evidence["likelihood"])
    return torch.cat(seen, -1)


def _two_scales(total: Tensor, atom_count: Tensor) -> Tensor:
    """Return sums [B, n] on a logarithmic scale, whatever their sign, and per heavy atom."""
    logarithm = torch.log1p(total.abs()) * total.sign()
    return torch.cat((logarithm, total / atom_count.unsqueeze(-1)), -1)
