"""Rows of shards made of real molecules, for the tests of a screen's outcome."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from rdkit import Chem

from molattn.predict.units import affinity_nM, kcal_per_mol
from molattn.resources import EXAMPLE_NAMES, example
from molattn.screen.outcome import Outcome, OutcomeSettings, write_outcome
from molattn.screen.row import FIELDS, PLACE, POSE
from molattn.screen.shard import shard_bytes
from molattn.screen.summary import Enrich

SMILES = (
    "CC(=O)Oc1ccccc1C(=O)[O-]",
    "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
    "CC(C)Cc1ccc(cc1)C(C)C(=O)[O-]",
    "CC(=O)Nc1ccc(O)cc1",
    "Nc1nc(N)c2nc(CN(C)c3ccc(cc3)C(=O)N[C@@H](CCC(=O)[O-])C(=O)[O-])cnc2n1",
    "COc1cc(Cc2cnc(N)nc2N)cc(OC)c1OC",
    "CCc1nc(N)nc(N)c1-c1ccc(Cl)cc1",
    "CCCCCC",
)
ABOUT = {"library": "made/*.smi", "receptor": "1s3v_protein.pdb", "weights": "default"}

Row = dict[str, object]


@cache
def pose_block(name: str) -> str:
    """Return the crystal pose of a packaged ligand, without hydrogens."""
    mol = Chem.MolFromMolFile(str(example(name).ligand), removeHs=True)
    return str(Chem.MolToMolBlock(mol))


def good_row(place: int, **changes: object) -> Row:
    """Return the row of a record that was scored; every figure follows from its place."""
    smiles = SMILES[place % len(SMILES)]
    pK = 4.0 + (place * 37 % 50) / 10
    row: Row = {
        PLACE: place,
        "id": f"mol-{place}",
        "protein": "p.pdb",
        "ligand": "made.smi",
        "record": place,
        "pK": pK,
        "pK_low": pK - 2,
        "pK_high": pK + 2.25,
        "kcal_per_mol": kcal_per_mol(pK),
        "affinity_nM": affinity_nM(pK),
        "domain": "near",
        "domain_reason": "Few such pockets.",
        "pose_confidence": (place % 9) / 10,
        "status": "ok",
        "reason": "",
        "repairs": "",
        "smiles": smiles,
        "heavy_atoms": Chem.MolFromSmiles(smiles).GetNumHeavyAtoms(),
        "pose_source": "placed",
        "poses": 3,
        "plausible": place % 2 == 0,
        "pose_faults": "" if place % 2 == 0 else "clash with A:PHE34",
        "vina_energy": None,
        "main_contacts": "A:LEU22 +0.31; A:PHE34 +0.28",
        FIELDS: json.dumps({"active": str(int(pK > 7)), "batch": f"{place % 3}"}),
        POSE: pose_block(EXAMPLE_NAMES[place % len(EXAMPLE_NAMES)]),
    }
    return row | changes


def failed_row(place: int, reason: str, **changes: object) -> Row:
    """Return the row of a record that was not scored."""
    row: Row = {
        PLACE: place,
        "id": f"bad-{place}",
        "protein": "p.pdb",
        "ligand": "made.smi",
        "record": place,
        "status": "failed",
        "reason": reason,
        "repairs": "",
        FIELDS: json.dumps({"active": "0", "note": "x"}),
        POSE: "",
    }
    return row | changes


def write_shards(folder: Path, rows: Sequence[Mapping[str, object]], size: int) -> list[Path]:
    """Write rows as shards of a size and return their paths."""
    shards = folder / "shards"
    shards.mkdir(exist_ok=True)
    paths = []
    for number, begin in enumerate(range(0, len(rows), size)):
        path = shards / f"{size}-{number:04d}.parquet"
        path.write_bytes(shard_bytes(rows[begin : begin + size]))
        paths.append(path)
    return paths


def outcome_of(
    folder: Path,
    rows: Sequence[Mapping[str, object]],
    settings: OutcomeSettings | None = None,
    size: int = 7,
    enrichment: Enrich | None = None,
) -> tuple[Outcome, Path]:
    """Write the outcome of rows and return it with its folder."""
    shards = write_shards(folder, rows, size)
    out = folder / f"out-{size}"
    out.mkdir(exist_ok=True)
    asked = settings or OutcomeSettings(top=5)
    done = write_outcome(shards, out, asked, records=len(rows), about=ABOUT, enrichment=enrichment)
    return done, out


def mixed_rows(count: int = 40) -> list[Row]:
    """Return good rows with every eighth failed."""
    return [
        failed_row(place, f"Atom {place} has 5 bonds.") if place % 8 == 3 else good_row(place)
        for place in range(count)
    ]
