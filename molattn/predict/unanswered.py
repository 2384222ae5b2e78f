"""Requests without an answer, and how any answer names what was asked."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from molattn.errors import MolattnError
from molattn.predict.request import Request
from molattn.predict.score_record import Score
from molattn.structure.records import Ligand


def failed(request: Request, error: Exception) -> Score:
    """Return the score of a request that could not be followed, with the reason."""
    if isinstance(error, MolattnError):
        reason = sentence(str(error))
    else:
        detail = " ".join(str(error).split())[:200]
        reason = f"Scoring this record failed unexpectedly ({type(error).__name__}: {detail})."
    pose = request.ligand if isinstance(request.ligand, Ligand) else None
    identifier, protein, ligand, record = names(request, pose)
    return Score(
        id=identifier,
        protein=protein,
        ligand=ligand,
        record=record,
        status="failed",
        reason=reason,
        pose=pose,
        carried=request.carried,
    )


def names(request: Request, ligand: Ligand | None) -> tuple[str, str, str, int | None]:
    """Return id, protein, ligand and record as the score names them."""
    source = request.protein
    protein = request.protein_name
    if not protein:
        protein = str(source) if _is_path(source) else str(getattr(source, "name", ""))
    title = ligand.name if ligand is not None else str(getattr(request.ligand, "name", ""))
    named = request.ligand_name
    if not named:
        named = str(request.ligand) if _is_path(request.ligand) else (request.code or title)
    if request.code and ligand is not None and ligand.name:
        named = ligand.name  # says which of several copies was taken
    record = request.record
    if record is None and _is_path(request.ligand) and not request.code:
        record = 0 if Path(str(request.ligand)).suffix else None
    return request.id or title or named, protein, named, record


def sentence(text: str) -> str:
    """Return a remark with a capital and a full stop; several then read well in a row."""
    text = " ".join(text.split())
    named = any(mark in text.split(" ")[0] for mark in "/.:")  # a path or a name keeps its case
    start = text[:1] if named else text[:1].upper()
    return start + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _is_path(source: object) -> bool:
    return isinstance(source, str | PathLike)
