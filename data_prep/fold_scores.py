"""Score the rows of a manifest, each by the network of a cross-validation that has not seen it.

::

    python -m data_prep.fold_scores MANIFEST --run runs/first --out predictions.csv

A row belongs to the fold in which its ``complex`` (else its ``id``) was held out, as
``out_of_fold.csv`` of the run says; rows of other complexes are left out. The answer is a table of
predictions for `molattn evaluate MANIFEST --predictions`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from data_prep.command_line import at_least, builder_parser, run_command
from data_prep.shards import write_whole
from molattn.errors import EXIT_OK, FileUnreadable, InputError
from molattn.predict import Request, Settings
from molattn.predict.workers import Loading, score_requests


def score_by_folds(manifest: Path, run: Path, workers: int) -> pd.DataFrame:
    """Return id, fold, pK, pose_confidence, status and reason of every row with a fold.

    Raises
    ------
    FileUnreadable
        A table is missing or lacks a column.
    InputError
        No row stands in a fold.
    """
    rows = _table(manifest, ("id", "protein", "ligand"))
    folds = _table(run / "out_of_fold.csv", ("id", "fold"))
    known = dict(zip(folds["id"], folds["fold"], strict=True))
    rows["fold"] = rows["complex" if "complex" in rows else "id"].map(known)
    held = rows[rows["fold"].notna()]
    if held.empty:
        raise InputError(f"Not one row of {manifest} stands in {run / 'out_of_fold.csv'}.")
    parts = [
        _scored(part, manifest.parent, run / f"fold-{fold}" / "weights.safetensors", workers)
        for fold, part in held.groupby("fold")
    ]
    return pd.concat(parts).loc[held.index]


def _scored(part: pd.DataFrame, root: Path, weights: Path, workers: int) -> pd.DataFrame:
    """Score the rows of one fold by its network."""
    records = part["record"] if "record" in part else pd.Series("0", index=part.index)
    requests = [
        Request(
            protein=str(root / protein), ligand=str(root / ligand), record=int(record), id=identity
        )
        for identity, protein, ligand, record in zip(
            part["id"], part["protein"], part["ligand"], records, strict=True
        )
    ]
    scores = list(score_requests(requests, Settings(), Loading(str(weights)), workers=workers))
    answers = {
        "id": part["id"],
        "fold": part["fold"],
        "pK": [score.pK for score in scores],
        "pose_confidence": [score.pose_confidence for score in scores],
        "status": [score.status for score in scores],
        "reason": [score.reason for score in scores],
    }
    return pd.DataFrame(answers, index=part.index)


def _table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as fault:
        raise FileUnreadable(f"{path} cannot be read as a CSV ({fault}).") from fault
    missing = [name for name in columns if name not in table]
    if missing:
        raise FileUnreadable(f"{path} has no column {', '.join(missing)}.")
    return table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line and return the exit code."""
    parser = builder_parser("fold_scores", __doc__)
    parser.add_argument("manifest", type=Path, help="CSV with id, protein, ligand, complex")
    parser.add_argument("--run", type=Path, required=True, help="folder of a cross-validation")
    parser.add_argument("--out", type=Path, required=True, help="table of predictions to write")
    parser.add_argument("--workers", type=at_least(1), default=2, help="processes")
    chosen = parser.parse_args(arguments)

    def work() -> int:
        scores = score_by_folds(chosen.manifest, chosen.run, chosen.workers)
        chosen.out.parent.mkdir(parents=True, exist_ok=True)
        write_whole(chosen.out, scores.to_csv(index=False, float_format="%.4f"))
        print(f"{len(scores)} rows scored by the networks of their folds.")
        return EXIT_OK

    return run_command(work)


if __name__ == "__main__":
    sys.exit(main())
