"""Made-up explanations of real complexes, for the tests of the page and its sentences.

Geometry, names and contacts are those of the files; the numbers of the views fall with distance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import AllChem
from scipy.spatial.distance import cdist

from molattn.explain.explanation import (
    Curve,
    Explanation,
    Faithfulness,
    Interaction,
    Mutation,
    View,
    ViewName,
)
from molattn.explain.fragments import fragments
from molattn.explain.head_maps import HeadMap, HeadMaps, HeadName
from molattn.graph import build_graph
from molattn.graph.graph import store
from molattn.predict.attention_map import AttentionMap
from molattn.predict.ledger import Ledger
from molattn.predict.score_record import Score
from molattn.resources import example
from molattn.structure import (
    Ligand,
    Pocket,
    ResidueKind,
    ResidueTable,
    read_ligand,
    read_protein,
    select_pocket,
)

TOKENS = ("spectrum", "ligand", "physics", "summary", "likelihood", "memory", "relatives")


def packaged(name: str = "1s3v", *, fast: bool = False, score: Score | None = None) -> Explanation:
    """Return the made-up explanation of a packaged complex; ``score`` may be a real one."""
    files = example(name)
    protein, ligand = read_protein(files.protein), read_ligand(files.ligand)
    return made_up(select_pocket(protein, ligand.positions), ligand, fast=fast, score=score)


def with_metal(folder: Path, name: str = "ZN") -> Explanation:
    """Return that of 1uou with an ion written into its file, 2.2 Å from a ligand atom."""
    import gzip

    files = example("1uou")
    ligand = read_ligand(files.ligand)
    text = gzip.decompress(files.protein.read_bytes()).decode()
    atoms = np.array(
        [
            [float(line[30:38]), float(line[38:46]), float(line[46:54])]
            for line in text.splitlines()
            if line.startswith(("ATOM", "HETATM"))
        ]
    )
    place = _free_place(ligand.positions, atoms, 2.2)
    x, y, z = place
    where = f"{x:8.3f}{y:8.3f}{z:8.3f}"
    ion = f"HETATM 9999 {name}    {name} A 901    {where}  1.00 20.00          {name}"
    body = [line for line in text.splitlines() if not line.startswith(("END", "CONECT", "MASTER"))]
    path = folder / "with_metal.pdb"
    path.write_text("\n".join([*body, ion, "END"]) + "\n")
    return made_up(select_pocket(read_protein(path), ligand.positions), ligand)


def with_peptide(sequence: str = "ALKFSSEVLR") -> Explanation:
    """Return that of a peptide embedded by RDKit and laid into the pocket of 1s3v."""
    files = example("1s3v")
    protein, own = read_protein(files.protein), read_ligand(files.ligand)
    mol = Chem.MolFromSequence(sequence)
    # distances alone are enough for a picture, and two hundred times as fast
    with rdBase.BlockLogs():
        AllChem.EmbedMolecule(
            mol, randomSeed=7, useBasicKnowledge=False, useExpTorsionAnglePrefs=False
        )
    where = mol.GetConformer().GetPositions()
    moved = where - where.mean(axis=0) + own.positions.mean(axis=0)
    for row, place in enumerate(moved):
        mol.GetConformer().SetAtomPosition(row, place.tolist())
    ligand = replace(own, mol=mol, positions=moved, name=f"{sequence} peptide")
    pocket = select_pocket(protein, ligand.positions)
    # what the peptide was laid upon is taken away, so that nothing clashes
    apart = cdist(pocket.atoms.position, moved).min(axis=1)
    near = np.full(len(pocket.residues), np.inf)
    np.minimum.at(near, pocket.atoms.residue, apart)
    return made_up(_keep(pocket, np.flatnonzero(near > 2.5)), ligand)


def without_chain(explanation: Explanation) -> Explanation:
    """Return the same, of a file whose residues have no chain."""

    def bare(table: ResidueTable) -> ResidueTable:
        return replace(table, chain=np.full(len(table), "", dtype="<U1"))

    pocket = explanation.pocket
    return made_up(Pocket(pocket.atoms, bare(pocket.residues)), _ligand_of(explanation))


def named(explanation: Explanation, name: str) -> Explanation:
    """Return the same with one name for everything that the input can name."""
    score = explanation.score
    pose = replace(_ligand_of(explanation), name=name)
    score = replace(
        score,
        id=name,
        ligand=name,
        protein=name,
        pose=pose,
        status="warning",
        reason=name,
        domain_reason=name,
        repairs=(name,),
    )
    interactions = (Interaction(0, name, name, (0,), 3.0),)
    labels = (name, *explanation.labels[1:])
    return replace(
        explanation, score=score, labels=labels, notes=(name,), interactions=interactions
    )


def made_up(
    pocket: Pocket, ligand: Ligand, *, fast: bool = False, score: Score | None = None
) -> Explanation:
    """Return an explanation with every field filled, or only those of a fast one."""
    rng = np.random.default_rng(0)
    graph = build_graph(pocket, ligand)
    residues: ResidueTable = graph.residues
    labels = tuple(graph.residue_label)
    atom, residue = store(graph, "contact").edge_index.numpy().astype(np.int64)
    rows = _rows_in(pocket, residues)
    reach = _distances(pocket, ligand, rows)
    weight = np.exp(-(reach[atom, residue] - 3.0) / 0.9) * rng.lognormal(0.0, 0.5, len(atom))
    sign = np.where(rng.random(len(residues)) < 0.8, 1.0, -0.6)[residue]
    if score is None:
        share = sign * weight * 1.4 / weight.sum()
        score = _score(ligand, labels, residues, atom, residue, share, weight)
    assert score.ledger is not None and score.attention is not None and score.pK is not None
    solvent = score.pK - 1.9
    views = _views(score, atom, residue, solvent, rng, fast=fast)
    closest = reach.min(axis=0)
    names = fragments(ligand.mol)
    change = np.array([-views["ledger"].atoms[list(piece.atoms)].sum() for piece in names])
    best = np.argsort(-np.abs(views["ledger"].residues), kind="stable")[:6]
    return Explanation(
        score=score,
        pocket=pocket,
        residues=residues,
        labels=labels,
        closest=closest,
        contact_atom=atom,
        contact_residue=residue,
        views=views,
        heads=_heads(len(ligand.positions), len(residues), rng),
        fragments=names,
        fragment_change=change,
        solvent_pK=solvent,
        completeness=None if fast else 0.012,
        mutations=()
        if fast
        else tuple(
            Mutation(int(row), labels[row], -1.3 * float(views["ledger"].residues[row]))
            for row in best
        ),
        interactions=None if fast else _interactions(ligand, labels, reach, residues),
        faithfulness=None if fast else _faithfulness(views, score.pK, solvent, rng),
        notes=("ProLIF is not installed, so there are no interactions by rule.",) if fast else (),
        seconds={"score": 1.2, "gradients": 4.5} if not fast else {"score": 1.2},
    )


def _ligand_of(explanation: Explanation) -> Ligand:
    assert explanation.score.pose is not None
    return explanation.score.pose


def _keep(pocket: Pocket, rows: np.ndarray) -> Pocket:
    new = np.full(len(pocket.residues), -1)
    new[rows] = np.arange(len(rows))
    atoms = np.flatnonzero(new[pocket.atoms.residue] >= 0)
    table = pocket.atoms.take(atoms, new[pocket.atoms.residue[atoms]])
    return Pocket(table, pocket.residues.take(rows), pocket.notes)


def _free_place(ligand: np.ndarray, atoms: np.ndarray, distance: float) -> np.ndarray:
    """Return the place at a distance from some ligand atom that is farthest from all else."""
    rng = np.random.default_rng(1)
    ways = rng.normal(size=(200, 3))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    tries = (ligand[:, None] + distance * ways).reshape(-1, 3)
    room = cdist(tries, atoms).min(axis=1)
    room[cdist(tries, ligand).min(axis=1) < distance - 0.05] = 0.0
    return np.asarray(tries[int(room.argmax())])


def _rows_in(pocket: Pocket, residues: ResidueTable) -> np.ndarray:
    keys = list(_keys(pocket.residues))
    return np.array([keys.index(key) for key in _keys(residues)])


def _keys(table: ResidueTable) -> list[tuple[Any, ...]]:
    return list(zip(table.chain, table.number, table.insertion, table.name, strict=True))


def _distances(pocket: Pocket, ligand: Ligand, rows: np.ndarray) -> np.ndarray:
    """Return [atoms, residues] Å."""
    apart = cdist(ligand.positions, pocket.atoms.position)
    return np.stack([apart[:, pocket.atoms.residue == row].min(axis=1) for row in rows], axis=1)


def _score(
    ligand: Ligand,
    labels: tuple[str, ...],
    residues: ResidueTable,
    atom: np.ndarray,
    residue: np.ndarray,
    share: np.ndarray,
    weight: np.ndarray,
) -> Score:
    tokens = tuple(zip(TOKENS, (0.12, -0.28, 0.13, -0.62, 0.02, 0.18, 0.13), strict=True))
    share32 = share.astype(np.float32)
    ledger = Ledger(
        bias=6.68,
        tokens=tokens,
        residues=labels,
        atom=atom.astype(np.int32),
        residue=residue.astype(np.int32),
        share=share32,
    )
    attention = np.zeros((len(ligand.positions), len(residues)), dtype=np.float32)
    attention[atom, residue] = weight
    rows = attention.sum(axis=1, keepdims=True)
    attention = (0.6 * attention / np.maximum(rows, 1e-6)).astype(np.float32)
    pK = ledger.total()
    return Score(
        id="made-up",
        protein="protein.pdb",
        ligand=ligand.name,
        record=0,
        status="ok",
        pK=pK,
        pK_low=pK - 1.4,
        pK_high=pK + 1.4,
        spread=0.7,
        domain="near",
        domain_reason="Training has fewer than 3 pockets much like this one.",
        pose_confidence=0.81,
        repairs=("The double bond of an acid was restored at C1.",),
        ledger=ledger,
        attention=AttentionMap(
            attention=attention,
            null=1.0 - attention.sum(axis=1),
            elements=tuple(one.GetSymbol() for one in ligand.mol.GetAtoms()),
            chain=tuple(map(str, residues.chain)),
            number=tuple(map(int, residues.number)),
            insertion=tuple(map(str, residues.insertion)),
            name=tuple(map(str, residues.name)),
            residue_share_pK=ledger.residue_shares().astype(np.float32),
        ),
        pose=ligand,
    )


def _views(
    score: Score,
    atom: np.ndarray,
    residue: np.ndarray,
    solvent: float,
    rng: np.random.Generator,
    *,
    fast: bool,
) -> dict[ViewName, View]:
    assert score.attention is not None and score.ledger is not None and score.pK is not None
    attention = score.attention.attention.astype(np.float64)
    count, width = attention.shape
    share = score.ledger.share.astype(np.float64)

    def summed(values: np.ndarray, rows: np.ndarray, size: int) -> np.ndarray:
        return np.bincount(rows, values, minlength=size)

    contacts = attention[atom, residue] / count
    views: dict[ViewName, View] = {
        "attention": View(
            "attention", "share", attention.mean(axis=0), attention.sum(axis=1) / count, contacts
        ),
        "ledger": View(
            "ledger", "pK", summed(share, residue, width), summed(share, atom, count), share
        ),
    }
    occluded = 1.4 * views["ledger"].residues + rng.normal(0.0, 0.01, width)
    views["occlusion"] = View(
        "occlusion", "pK", occluded, 1.2 * views["ledger"].atoms + rng.normal(0.0, 0.01, count)
    )
    if not fast:
        moved = share * rng.lognormal(0.0, 0.4, len(share))
        moved *= (score.pK - solvent) / moved.sum()
        views["gradients"] = View(
            "gradients", "pK", summed(moved, residue, width), summed(moved, atom, count), moved
        )
    order: tuple[ViewName, ...] = ("attention", "ledger", "gradients", "occlusion")
    return {name: views[name] for name in order if name in views}


def _heads(count: int, width: int, rng: np.random.Generator) -> HeadMaps:
    maps = {
        HeadName("network", 0, "atom_to_residue", head): HeadMap(
            rng.random((count, width)).astype(np.float32), np.zeros(count, dtype=np.float32)
        )
        for head in range(2)
    }
    return HeadMaps(maps)


def _interactions(
    ligand: Ligand, labels: tuple[str, ...], reach: np.ndarray, residues: ResidueTable
) -> tuple[Interaction, ...]:
    found = []
    for row in np.argsort(reach.min(axis=0), kind="stable")[:10]:
        atom = int(reach[:, row].argmin())
        symbol = ligand.mol.GetAtomWithIdx(atom).GetSymbol()
        kind = {"N": "HBDonor", "O": "HBAcceptor"}.get(symbol, "Hydrophobic")
        if residues.kind[row] == ResidueKind.METAL:
            kind = "MetalAcceptor"
        found.append(Interaction(int(row), labels[row], kind, (atom,), float(reach[atom, row])))
    found.append(Interaction(-1, "A:HOH999", "HBAcceptor", (0,), 2.9))
    return tuple(found)


def _faithfulness(
    views: Mapping[ViewName, View], pK: float, solvent: float, rng: np.random.Generator
) -> Faithfulness:
    power = {"attention": 2.0, "ledger": 3.2, "gradients": 4.0, "occlusion": 3.6}
    curves = {name: _curve(power[name], pK, solvent) for name in views}
    names = list(views)
    agreement = {
        (one, other): 0.55 + 0.03 * place
        for place, (one, other) in enumerate(
            (one, other) for at, one in enumerate(names) for other in names[at + 1 :]
        )
    }
    return Faithfulness(
        curves=curves,
        random=tuple(_curve(float(rng.uniform(0.8, 1.25)), pK, solvent) for _ in range(20)),
        agreement=agreement,
        believed=True,
        verdict=(
            "Attention can be believed here: its deletion area 0.33 is below all 20 random orders."
        ),
    )


def _curve(power: float, pK: float, solvent: float) -> Curve:
    share = np.linspace(0.0, 1.0, 21)
    left, back = (1.0 - share) ** power, 1.0 - (1.0 - share) ** power
    height = pK - solvent
    return Curve(
        share=share,
        deletion=solvent + height * left,
        insertion=solvent + height * back,
        deletion_area=float(np.trapezoid(left, share)),
        insertion_area=float(np.trapezoid(back, share)),
    )
