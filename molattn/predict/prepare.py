"""One request to one graph: read, select the pocket, build."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from molattn.errors import InputError
from molattn.graph import build_graph
from molattn.predict.request import Request, Settings
from molattn.predict.score_record import Status
from molattn.predict.sources import Sources
from molattn.predict.unanswered import sentence
from molattn.structure import Ligand, Note, Pocket, select_pocket

if TYPE_CHECKING:
    from molattn.graph import ComplexGraph


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A request that became a graph."""

    request: Request
    graph: ComplexGraph
    ligand: Ligand
    pocket: Pocket
    notes: tuple[Note, ...]


def prepare(request: Request, settings: Settings, sources: Sources) -> Prepared:
    """Read the files of a request and build its graph.

    Raises
    ------
    MolattnError
        If the protein or the ligand cannot be read, or they do not meet.
    """
    if request.problem:
        raise InputError(request.problem)
    protein = sources.protein(request.protein)
    ligand, choice = sources.ligand(request)
    pocket = select_pocket(
        protein,
        ligand.positions,
        center=settings.center,
        radius=settings.radius,
        waters=settings.waters,
    )
    graph = build_graph(pocket, ligand)
    notes = (*choice, *protein.notes, *ligand.notes, *pocket.notes)
    return Prepared(request, graph, ligand, pocket, tuple(dict.fromkeys(notes)))


def verdict(notes: tuple[Note, ...]) -> tuple[Status, str, tuple[str, ...]]:
    """Return status, reason and repairs that the notes of a record amount to."""
    warnings = [sentence(note.text) for note in notes if note.kind == "warning"]
    repairs = tuple(sentence(note.text) for note in notes if note.kind == "repair")
    return ("warning" if warnings else "ok"), " ".join(warnings), repairs
