"""Compare the pK of one complex in its many guises.

::

    python benchmarks/guises.py --pdbbind FOLDER
    python benchmarks/guises.py --entries INDEX --split MANIFEST

The first takes folders as PDBbind distributes them and compares the ligand as SDF and MOL2 and the
protein whole and as pocket file. The second compares a whole PDB entry with the ligand inside
(columns id, pdb, ligand_code), the mmCIF that gemmi writes of it, and the same complex as split
files (columns id, protein, ligand).

Counts pairs within 0.02 pK, pairs further apart of which one carries a warning, and the rest.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import gemmi

from molattn.errors import MolattnError
from molattn.predict import Predictor, Score

SAME = 0.02  # pK


@dataclass(frozen=True)
class Pair:
    """Two guises of one complex, scored."""

    kind: str
    name: str
    first: Score | MolattnError
    second: Score | MolattnError

    def verdict(self) -> str:
        """Return same, warned, or differs."""
        if isinstance(self.first, MolattnError) or isinstance(self.second, MolattnError):
            both = isinstance(self.first, MolattnError) and isinstance(self.second, MolattnError)
            return "refused alike" if both else "one refused"
        if self.first.pK is None or self.second.pK is None:
            return "one refused"
        if abs(self.first.pK - self.second.pK) <= SAME:
            return "same"
        warned = "warning" in (self.first.status, self.second.status)
        return "warned" if warned else "differs"

    def line(self) -> str:
        """Return the two answers and what was said about them."""
        shown = []
        for one in (self.first, self.second):
            if isinstance(one, MolattnError):
                shown.append(str(one))
            else:
                shown.append(f"{one.pK:.3f} {one.status} {one.reason}".strip())
        return f"  {self.name}: {shown[0]} | {shown[1]}"


def scored(predictor: Predictor, protein: Path, ligand: Path | str) -> Score | MolattnError:
    """Score, or return why not."""
    try:
        return predictor.score(protein, ligand, attention=False)
    except MolattnError as error:
        return error


def pdbbind_pairs(predictor: Predictor, folder: Path) -> Iterator[Pair]:
    """Compare the files of PDBbind's folders."""
    for path in sorted(one for one in folder.iterdir() if one.is_dir()):
        name = path.name
        protein, pocket = path / f"{name}_protein.pdb", path / f"{name}_pocket.pdb"
        sdf, mol2 = path / f"{name}_ligand.sdf", path / f"{name}_ligand.mol2"
        whole = scored(predictor, protein, sdf)
        yield Pair("SDF, MOL2", name, whole, scored(predictor, protein, mol2))
        yield Pair("protein, pocket file", name, whole, scored(predictor, pocket, sdf))


def entry_pairs(predictor: Predictor, index: Path, manifest: Path) -> Iterator[Pair]:
    """Compare whole entries with their mmCIF and with split files."""
    with manifest.open(newline="", encoding="utf-8") as file:
        split = {row["id"]: row for row in csv.DictReader(file)}
    with index.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with tempfile.TemporaryDirectory() as temporary:
        for row in rows:
            name, path = row["id"], index.parent / row["pdb"]
            cif = Path(temporary) / f"{name}.cif"
            structure = gemmi.read_structure(str(path))
            structure.setup_entities()
            structure.make_mmcif_document().write_file(str(cif))
            entry = scored(predictor, path, row["ligand_code"])
            yield Pair("PDB, mmCIF", name, entry, scored(predictor, cif, row["ligand_code"]))
            if name in split:
                files = [manifest.parent / split[name][key] for key in ("protein", "ligand")]
                yield Pair("entry, split files", name, entry, scored(predictor, *files))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--pdbbind", type=Path)
    parser.add_argument("--entries", type=Path)
    parser.add_argument("--split", type=Path)
    parser.add_argument("--weights", type=Path)
    chosen = parser.parse_args()
    predictor = Predictor.load(chosen.weights)
    pairs: list[Pair] = []
    if chosen.pdbbind:
        pairs += pdbbind_pairs(predictor, chosen.pdbbind)
    if chosen.entries:
        pairs += entry_pairs(predictor, chosen.entries, chosen.split)
    for kind in dict.fromkeys(pair.kind for pair in pairs):
        verdicts = [pair.verdict() for pair in pairs if pair.kind == kind]
        counted = {name: verdicts.count(name) for name in dict.fromkeys(verdicts)}
        print(f"{kind}: {counted} of {len(verdicts)}")
        for pair in pairs:
            if pair.kind == kind and pair.verdict() != "same":
                print(f"{pair.line()}")


if __name__ == "__main__":
    main()
