"""A batch of predictions taken apart into scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from molattn.errors import MolattnError
from molattn.graph.graph import store
from molattn.predict.attention_map import AttentionMap
from molattn.predict.interval_scale import interval_inputs
from molattn.predict.ledger import Ledger
from molattn.predict.prepare import Prepared, verdict
from molattn.predict.score_record import DomainName, Score
from molattn.predict.unanswered import failed, names

if TYPE_CHECKING:
    from molattn.model.prediction import Prediction
    from molattn.predict.similarity import Likeness
    from molattn.predict.weights import WeightsInfo

_NO_DOMAIN = "These weights carry no record of what they were trained on."


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The share of one complex in a prediction, as arrays."""

    pK: float
    spread: float
    pose_logit: float
    between: float
    bias: float
    tokens: tuple[tuple[str, float], ...]
    features: NDArray[np.float32]
    contact_share: NDArray[np.float32]
    attention: NDArray[np.float32]
    null: NDArray[np.float32]


def answers(
    prediction: Prediction, ready: Sequence[Prepared], info: WeightsInfo, *, attention: bool
) -> list[Score]:
    """Return a score for each complex of a batch.

    Parameters
    ----------
    prediction
        For the batch that `molattn.graph.collate` made of the graphs, in the same order.
    ready
        The complexes.
    info
        Calibration and domain.
    attention
        Whether to make the attention maps.
    """
    parts = _take_apart(prediction, ready)
    likenesses = [None if info.domain is None else info.domain.look(one.graph) for one in ready]
    halves = _half_widths(ready, parts, info, likenesses)
    poses = info.pose_calibration.probability([part.pose_logit for part in parts]).tolist()
    every = zip(ready, parts, likenesses, halves, poses, strict=True)
    return [_answer(*each, info, attention) for each in every]


def _take_apart(prediction: Prediction, ready: Sequence[Prepared]) -> list[_Part]:
    pK = prediction.pK.tolist()
    spread = prediction.spread.tolist()
    pose, bias = prediction.pose_logit.tolist(), prediction.bias.expand(len(pK)).tolist()
    apart = prediction.disagreement
    between = [0.0] * len(pK) if apart is None else apart.tolist()
    tokens = {name: share.tolist() for name, share in prediction.token_share.items()}
    features = prediction.features.numpy()
    share = prediction.contact_share.numpy()
    attention, null = prediction.attention.numpy(), prediction.atom_null.numpy()
    parts, contact, atom = [], 0, 0
    for row, one in enumerate(ready):
        contacts = slice(contact, contact + _contact_edges(one).shape[1])
        atoms = slice(atom, atom + len(one.ligand.positions))
        contact, atom = contacts.stop, atoms.stop
        part = _Part(
            pK=pK[row],
            spread=spread[row],
            pose_logit=pose[row],
            between=between[row],
            bias=bias[row],
            tokens=tuple((name, values[row]) for name, values in tokens.items()),
            features=features[row],
            contact_share=share[contacts].copy(),
            attention=attention[contacts],
            null=null[atoms].copy(),
        )
        parts.append(part)
    return parts


def _answer(
    one: Prepared,
    part: _Part,
    likeness: Likeness | None,
    half: float,
    pose_confidence: float,
    info: WeightsInfo,
    attention: bool,
) -> Score:
    if not (math.isfinite(part.pK) and math.isfinite(part.spread)):
        problem = "The network gave no finite number for this complex; check its coordinates."
        return failed(one.request, MolattnError(problem))
    domain: DomainName | None = None
    domain_reason = _NO_DOMAIN
    if info.domain is not None:
        domain, domain_reason = info.domain.judge(one.graph, part.features, likeness)
    ledger = _ledger(one, part)
    status, reason, repairs = verdict(one.notes)
    identifier, protein, ligand, record = names(one.request, one.ligand)
    return Score(
        id=identifier,
        protein=protein,
        ligand=ligand,
        record=record,
        status=status,
        reason=reason,
        pK=part.pK,
        pK_low=part.pK - half,
        pK_high=part.pK + half,
        spread=part.spread,
        domain=domain,
        domain_reason=domain_reason,
        pose_confidence=pose_confidence,
        repairs=repairs,
        ledger=ledger,
        attention=_attention_map(one, part, ledger) if attention else None,
        pose=one.ligand,
        features=part.features,
        carried=one.request.carried,
    )


def _half_widths(
    ready: Sequence[Prepared],
    parts: Sequence[_Part],
    info: WeightsInfo,
    likenesses: Sequence[Likeness | None],
) -> list[float]:
    """Return half the width of each interval, pK."""
    unknown = math.nan
    inputs = interval_inputs(
        ensemble=[part.between for part in parts],
        aleatoric=[part.spread for part in parts],
        ligand=[one.ligand if one else unknown for one in likenesses],
        pocket=[one.family if one else unknown for one in likenesses],
        deviation=[abs(part.pK - info.pk_mean) for part in parts],
        heavy_atoms=[len(one.ligand.positions) for one in ready],
    )
    widths: list[float] = info.calibration.half_width(inputs).tolist()
    return widths


def _ledger(one: Prepared, part: _Part) -> Ledger:
    atom, residue = _contact_edges(one).astype(np.int32)
    return Ledger(
        bias=part.bias,
        tokens=part.tokens,
        residues=tuple(one.graph.residue_label),
        atom=atom,
        residue=residue,
        share=part.contact_share,
    )


def _attention_map(one: Prepared, part: _Part, ledger: Ledger) -> AttentionMap:
    table = one.graph.residues
    matrix = np.zeros((len(part.null), len(table)), dtype=np.float32)
    matrix[ledger.atom, ledger.residue] = part.attention
    return AttentionMap(
        attention=matrix,
        null=part.null,
        elements=tuple(atom.GetSymbol() for atom in one.ligand.mol.GetAtoms()),
        chain=tuple(map(str, table.chain)),
        number=tuple(map(int, table.number)),
        insertion=tuple(map(str, table.insertion)),
        name=tuple(map(str, table.name)),
        residue_share_pK=ledger.residue_shares().astype(np.float32),
    )


def _contact_edges(one: Prepared) -> NDArray[np.int64]:
    edges: NDArray[np.int64] = store(one.graph, "contact").edge_index.numpy()
    return edges
