"""Which kind of interaction each head and learned query of the shipped networks looks at.

::

    python benchmarks/specialisation.py INDEX [--limit N] [--weights FILE]

INDEX is a CSV with id, protein, ligand, paths relative to it. Prints the enrichment of every head
in every kind of contact: 1 is what even attention over the contacts within reach would give.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from molattn.errors import InputError, MolattnError
from molattn.explain.specialisation import (
    KINDS,
    Looker,
    Tally,
    half_distances,
    specialisation,
    table,
    tally,
)
from molattn.predict import Predictor
from molattn.predict.prepare import prepare
from molattn.predict.request import Request, Settings
from molattn.predict.sources import Sources


def tallies(predictor: Predictor, index: Path, limit: int) -> Iterator[Tally]:
    """Yield the attention by kind of up to ``limit`` complexes, evenly from the index."""
    with index.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    count = min(limit or len(rows), len(rows))
    networks = dict(predictor.ensemble.members.items())
    for place in np.linspace(0, len(rows) - 1, count).astype(int).tolist():
        row = rows[place]
        files = index.parent / row["protein"], index.parent / row["ligand"]
        try:
            ready = prepare(Request(*files, id=row["id"]), Settings(), Sources())
        except InputError as error:
            print(f"{row['id']}: {error}", file=sys.stderr)
            continue
        yield tally(networks, ready.graph)


def report(found: Sequence[Tally], half: Mapping[Looker, float]) -> Iterator[str]:
    """Yield the table as Markdown."""
    contacts = np.sum([one.contacts for one in found], axis=0).astype(int)
    counts = ", ".join(f"{kind} {count}" for kind, count in zip(KINDS, contacts, strict=True))
    yield f"{len(found)} complexes; contacts of atom and residue: {counts}\n"
    heading, *rows = table(specialisation(found), half)
    yield f"| {' | '.join(heading)} |"
    yield "|" + " --- |" * len(heading)
    for row in rows:
        yield f"| {' | '.join(row)} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("index", type=Path, help="CSV of complexes")
    parser.add_argument("--limit", type=int, default=0, help="complexes at most, 0 for all")
    parser.add_argument("--weights", type=Path, help="instead of the shipped ones")
    chosen = parser.parse_args(arguments)
    predictor = Predictor.load(chosen.weights, threads=1)
    found = list(tallies(predictor, chosen.index, chosen.limit))
    if not found:
        raise InputError("None of the complexes could be read.")
    for line in report(found, half_distances(dict(predictor.ensemble.members.items()))):
        print(line)


if __name__ == "__main__":
    try:
        main()
    except MolattnError as error:
        sys.exit(str(error))
