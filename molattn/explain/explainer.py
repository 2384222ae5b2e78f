"""One complex explained: score, views, fragments, mutations, faithfulness, story."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

import torch

from molattn.errors import InputError, MolattnError
from molattn.explain.altered_answers import AlteredAnswers
from molattn.explain.explanation import Explanation, Interaction, Numbers, Rows, View, ViewName
from molattn.explain.faithfulness import faithfulness
from molattn.explain.fragments import fragments
from molattn.explain.head_maps import HeadMaps, head_maps
from molattn.explain.mutation import alanine_scan
from molattn.explain.narrative import story
from molattn.explain.occlusion import occluded_fragments
from molattn.explain.presence import without_residues
from molattn.explain.views import attention_view, gradient_view, ledger_view, occlusion_view
from molattn.graph.fields import EDGE_LEVELS
from molattn.predict.predictor import Predictor
from molattn.predict.prepare import Prepared, prepare
from molattn.predict.request import Request, Settings, check_settings
from molattn.predict.sources import Sources

_MUTATED: Final = 12  # residues; an alanine scan of those that matter most


@dataclass(frozen=True, slots=True)
class ExplainSettings:
    """How much is found out.

    Attributes
    ----------
    gradients, mutations, faithfulness, interactions
        Whether to take the time for them.
    seed
        Of the random orders that views are compared with.
    """

    gradients: bool = True
    mutations: bool = True
    faithfulness: bool = True
    interactions: bool = True
    seed: int = 1


FAST: Final = ExplainSettings(
    gradients=False, mutations=False, faithfulness=False, interactions=False
)
"""Score, attention, ledger and occlusion only."""


def explain(
    request: Request,
    *,
    predictor: Predictor | None = None,
    settings: ExplainSettings | None = None,
    scoring: Settings | None = None,
) -> Explanation:
    """Explain the score of one ligand pose.

    Parameters
    ----------
    request
        Protein and ligand.
    predictor
        The shipped weights without it; its temperature holds here too.
    settings
        How much is found out; everything without it.
    scoring
        Waters, centre, radius.

    Raises
    ------
    InputError
        If the protein or the ligand cannot be read, or they do not meet.
    UsageError
        If the options make no sense together.

    Examples
    --------
    >>> from molattn.explain import FAST, Request, explain
    >>> from molattn.resources import example
    >>> files = example("1s3v")
    >>> found = explain(Request(files.protein, files.ligand), settings=FAST)
    >>> found.labels[found.ranked(found.best)[0]]
    'A:PHE34'
    """
    scoring = scoring or Settings()
    one = read_complex(request, scoring)
    loaded = predictor or Predictor.load()
    return explain_prepared(loaded, one, settings or ExplainSettings(), scoring)


def read_complex(request: Request, scoring: Settings) -> Prepared:
    """Read the files of a request and build its graph.

    Raises
    ------
    InputError
        If they cannot be read, or protein and ligand do not meet.
    """
    check_settings(scoring)
    sources = Sources()
    sources.expect([request])
    return prepare(request, scoring, sources)


def explain_prepared(
    predictor: Predictor, one: Prepared, settings: ExplainSettings, scoring: Settings
) -> Explanation:
    """Explain a complex whose graph is built; see `explain`."""
    clock = _Clock()
    with clock("score"):
        score = predictor.answer_each([one], replace(scoring, attention=True))[0]
        if score.status == "failed" or score.ledger is None or score.attention is None:
            raise InputError(score.reason)
    answers = AlteredAnswers(predictor.ensemble, one.graph, predictor.temperature)
    atom, residue = _contacts(one)
    pK, solvent = _ends(answers)
    views: dict[ViewName, View] = {
        "attention": attention_view(score.attention, atom, residue),
        "ledger": ledger_view(score.ledger, len(score.attention.elements)),
    }
    notes: list[str] = []
    completeness = None
    if settings.gradients:
        with clock("gradients"), _Noted(notes):
            views["gradients"], completeness = gradient_view(answers, atom, residue)
    with clock("occlusion"):
        views["occlusion"] = occlusion_view(answers, pK)
        pieces = fragments(one.ligand.mol)
        changes = occluded_fragments(answers, pieces, pK)
        heads = _heads(predictor, answers, atom, residue)
    found = Explanation(
        score=score,
        pocket=one.pocket,
        residues=one.graph.residues,
        labels=tuple(one.graph.residue_label),
        closest=_closest(one),
        contact_atom=atom,
        contact_residue=residue,
        views=views,
        heads=heads,
        fragments=pieces,
        fragment_change=changes,
        solvent_pK=solvent,
        completeness=completeness,
    )
    if settings.mutations:
        with clock("mutations"):
            first = found.ranked(views["occlusion"])[:_MUTATED]
            labels = {found.labels[row]: int(row) for row in first}
            found = replace(
                found,
                mutations=alanine_scan(
                    predictor.ensemble,
                    one.pocket,
                    one.ligand,
                    labels,
                    pK,
                    temperature=predictor.temperature,
                ),
            )
    if settings.interactions:
        with clock("interactions"):
            found = replace(found, interactions=_interactions(found, notes))
    if settings.faithfulness:
        with clock("faithfulness"):
            tested = faithfulness(answers, views, seed=settings.seed)
            found = replace(found, faithfulness=tested)
    if abs(pK - (score.pK or pK)) > 1e-3:
        notes.append(
            "The calibration's part of pK is in the ledger; the other views explain the rest, "
            f"{pK:.2f}."
        )
    found = replace(found, notes=tuple(notes), seconds=dict(clock.seconds))
    return replace(found, story=story(found))


def _contacts(one: Prepared) -> tuple[Rows, Rows]:
    atom, residue = one.graph[EDGE_LEVELS["contact"]].edge_index.numpy()
    return atom, residue


@torch.no_grad()
def _ends(answers: AlteredAnswers) -> tuple[float, float]:
    """Return the pK of the complex and of the ligand that meets nothing."""
    count = len(answers.batch["residue"].kind)
    gone = torch.tensor([[False] * count, [True] * count])
    whole, none = answers.pK(without_residues(answers.batch, gone)).tolist()
    return whole, none


def _closest(one: Prepared) -> Numbers:
    """Return the distance of each residue from the ligand, Å."""
    ligand, pocket = one.graph["ligand"].position, one.graph["pocket_atom"].position
    store = one.graph["residue"]
    line = ligand[store.closest_ligand] - pocket[store.closest_atom]
    distance: Numbers = line.norm(dim=-1).double().numpy()
    return distance


@torch.no_grad()
def _heads(predictor: Predictor, answers: AlteredAnswers, atom: Rows, residue: Rows) -> HeadMaps:
    blocks = {}
    for name, member in predictor.ensemble.members.items():
        answer = member(answers.batch, temperature=predictor.temperature, keep=True)
        if answer.blocks:
            blocks[name] = answer.blocks
    shape = (len(answers.batch["ligand"].element), len(answers.batch["residue"].kind))
    return head_maps(blocks, atom, residue, shape)


def _interactions(found: Explanation, notes: list[str]) -> tuple[Interaction, ...] | None:
    from molattn.explain.reference_contacts import interactions

    pose = found.score.pose
    assert pose is not None
    with _Noted(notes):
        return interactions(found.pocket, pose, found.labels)
    return None


class _Noted:
    """Turns what cannot be done into a note: a missing extra costs one view and nothing else."""

    def __init__(self, notes: list[str]) -> None:
        self._notes = notes

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, MolattnError):
            self._notes.append(str(error))
            return True
        return False


class _Clock:
    """Seconds spent in each step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[step] = time.perf_counter() - start
