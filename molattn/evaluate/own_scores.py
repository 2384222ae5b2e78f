"""The judged rows scored by molattn itself, where nobody's predictions are given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from molattn.errors import InputError
from molattn.evaluate.domains import known_domains
from molattn.evaluate.evaluation_set import EvaluationSet
from molattn.evaluate.predictions import Predictions

Report = Callable[[str], None]


def score_rows(
    rows: EvaluationSet, *, weights: Path | None, title: str, workers: int, report: Report
) -> Predictions:
    """Score every row with the shipped weights, or others.

    Parameters
    ----------
    rows
        With protein and ligand files.
    weights
        File of the tensors; None for the shipped ones.
    title
        How the model is called in the report.
    workers
        Processes.
    report
        Told how far the work is.

    Raises
    ------
    WeightsError
        The weights cannot be used.
    InputError
        Not one row can be scored.
    """
    from molattn.predict.request import Request, Settings
    from molattn.predict.weights import read_info
    from molattn.predict.workers import Loading, score_requests

    info = read_info(weights)
    requests: Iterator[Request] = (
        Request(
            protein=str(rows.protein[row]),
            ligand=str(rows.ligand[row]),
            record=int(rows.record[row]),
            id=str(rows.id[row]),
            problem="" if rows.protein[row] and rows.ligand[row] else "The row names no files.",
        )
        for row in range(len(rows))
    )
    loading = Loading(None if weights is None else str(weights))
    answers = np.full((4, len(rows)), np.nan)
    domain = np.full(len(rows), "", dtype="<U4")
    reasons: dict[str, str] = {}
    for row, score in enumerate(score_requests(requests, Settings(), loading, workers=workers)):
        if score.pK is None:
            reasons[str(rows.id[row])] = score.reason
        else:
            answers[:, row] = score.pK, score.pK_low, score.pK_high, score.pose_confidence
            domain[row] = score.domain or ""
        if (row + 1) % 500 == 0:
            report(f"{row + 1} of {len(rows)} rows scored")
    if len(reasons) == len(rows):
        raise InputError(f"Not one row can be scored; the first: {next(iter(reasons.values()))}")
    trained = info.trained_on or "data that are not recorded"
    note = (
        f"{title} was trained on {trained}: rows that stood in its training are not held out, "
        "and it looks better on them than on new complexes."
    )
    return Predictions(
        "model",
        title,
        answers[0],
        answers[1],
        answers[2],
        confidence=answers[3],
        domain=known_domains(domain),
        reasons=reasons,
        notes=(note,),
    )
