"""Say what two sets of complexes share: ids, proteins, ligands, and nearly the same complexes.

::

    python -m data_prep.leaks A.csv B.csv --out DIR
    python -m data_prep.leaks A.csv --split splits.csv --out DIR

The first compares two manifests; the second the training and the held-out rows of every fold of a
split (or of one, with ``--fold``). Writes ``leaks.json`` and ``leaks.md``; the exit code is 1 if
anything is shared, 0 if nothing is.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from data_prep.command_line import builder_parser, run_command, share
from data_prep.manifest_options import add_manifest_options, data_config
from data_prep.shards import write_whole
from molattn.errors import EXIT_OK, EXIT_SOME_FAILED, OutputError, UsageError
from molattn.train.leaks import KINDS, LeakReport, find_leaks, leak_set
from molattn.train.ligand_likeness import SIMILAR
from molattn.train.manifest import ManifestRow, read_manifest
from molattn.train.split_file import read_split
from molattn.train.splits import training_rows

Pairs = dict[str, tuple[Sequence[int], Sequence[int]]]
"""Name of a comparison → rows of its two sets."""


def fold_pairs(rows: Sequence[ManifestRow], split: Path, fold: int | None) -> Pairs:
    """Return the training rows and the held-out rows of each fold, or of one.

    Raises
    ------
    UsageError
        The split has no such fold.
    InputError
        The split file cannot be read, or lacks a row.
    """
    table = read_split(split).of_rows([row.id for row in rows])
    if fold is not None and not 0 <= fold < table.count:
        raise UsageError(f"{split} has folds 0 to {table.count - 1}, not {fold}.")
    folds = np.array(table.folds)
    return {
        f"fold {one}": (
            np.flatnonzero(training_rows(folds, one, table.left_out)).tolist(),
            np.flatnonzero(folds == one).tolist(),
        )
        for one in (range(table.count) if fold is None else (fold,))
    }


def as_markdown(reports: dict[str, LeakReport], ignored: Sequence[str]) -> str:
    """Return the reports as Markdown, a table each and the worst examples."""
    lines = ["# Leaks", ""]
    for title, report in reports.items():
        leaking = report.leaking(ignored)
        lines += [
            f"## {title}: {', '.join(leaking) if leaking else 'none'}",
            "",
            f"{report.rows_first} rows against {report.rows_second}; highest sequence identity "
            f"{report.highest_identity:.2f}; {report.without_sequence} rows without a sequence and "
            f"{report.without_ligand} without a ligand were not compared.",
            "",
            "| kind | shared | rows of the first | rows of the second | for example |",
            "| --- | --- | --- | --- | --- |",
        ]
        for kind in report.kinds.values():
            named = ", ".join(
                f"{one.first} and {one.second} ({one.value:.2f})" for one in kind.examples[:3]
            )
            lines.append(
                f"| {kind.name.replace('_', ' ')}{' (ignored)' if kind.name in ignored else ''} "
                f"| {kind.count} {kind.unit} | {kind.rows_first} | {kind.rows_second} | {named} |"
            )
        lines.append("")
    return "\n".join(lines)


def write_report(reports: dict[str, LeakReport], out: Path, ignored: Sequence[str]) -> str:
    """Write ``leaks.json`` and ``leaks.md``; return the Markdown."""
    text = as_markdown(reports, ignored)
    values = {
        title: {"leaking": report.leaking(ignored), **asdict(report)}
        for title, report in reports.items()
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_whole(out / "leaks.json", json.dumps(values, indent=1) + "\n")
        write_whole(out / "leaks.md", text)
    except OSError as error:
        raise OutputError(f"{out} cannot be written ({error.strerror}).") from error
    return text


def _parser() -> argparse.ArgumentParser:
    parser = builder_parser("leaks", __doc__)
    add = parser.add_argument
    add("first", type=Path, help="manifest; with --split, the one that was divided")
    add("second", type=Path, nargs="?", help="the other manifest")
    add("--split", type=Path, help="splits.csv of the first manifest")
    add("--fold", type=int, help="compare this fold only (default: every fold)")
    add("--out", type=Path, required=True, help="folder of leaks.json and leaks.md")
    add("--identity", type=share, default=0.4, help="of one protein cluster, 0–1")
    add("--coverage", type=share, default=0.5, help="of the shorter sequence, 0–1")
    add("--ligand-similarity", type=share, default=SIMILAR, help="Tanimoto, 0–1")
    add("--label-distance", type=float, default=1.0, help="pK of like labels")
    add(
        "--ignore",
        action="append",
        default=[],
        choices=KINDS,
        help="report this kind without failing for it; can be repeated",
    )
    add_manifest_options(parser)
    return parser


def _compare(chosen: argparse.Namespace) -> dict[str, LeakReport]:
    if (chosen.second is None) == (chosen.split is None):
        raise UsageError("Give either a second manifest or --split, to compare the first with.")
    rows = list(read_manifest(data_config(chosen, chosen.first), need_labels=False))
    if chosen.split is not None:
        pairs = fold_pairs(rows, chosen.split, chosen.fold)
    else:
        size = len(rows)
        rows += read_manifest(data_config(chosen, chosen.second), need_labels=False)
        title = f"{chosen.first.name} and {chosen.second.name}"
        pairs = {title: (range(size), range(size, len(rows)))}
    everything = leak_set(
        rows,
        chosen.out / "parts",
        identity=chosen.identity,
        coverage=chosen.coverage,
        similarity=chosen.ligand_similarity,
    )
    return {
        title: find_leaks(everything, first, second, label_distance=chosen.label_distance)
        for title, (first, second) in pairs.items()
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    chosen = _parser().parse_args(arguments)

    def work() -> int:
        reports = _compare(chosen)
        print(write_report(reports, chosen.out, chosen.ignore), end="")
        leaking = any(report.leaking(chosen.ignore) for report in reports.values())
        return EXIT_SOME_FAILED if leaking else EXIT_OK

    return run_command(work)


if __name__ == "__main__":
    sys.exit(main())
