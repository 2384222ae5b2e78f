"""The logit of one ligand atom and one residue, term by term, in every head."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import ascii_letters, digits

import numpy as np
import torch
from rdkit import Chem
from torch import nn

from molattn.errors import UsageError
from molattn.explain.head_maps import DIRECTIONS, HeadName
from molattn.graph import ComplexGraph, collate
from molattn.graph.fields import EDGE_LEVELS
from molattn.graph.geometry import complex_geometry
from molattn.model.ensemble import Ensemble


@dataclass(frozen=True, slots=True)
class PairLogit:
    """The logit of one pair in one head.

    Attributes
    ----------
    head
        Which one.
    terms
        Name → part of the logit; they add up to it.
    logit
        Before temperature and envelope.
    log_envelope
        Added after the temperature: 0 where the pair is near, -inf at the end of contacts.
    null_logit
        Of solvent, for the one who asks.
    attention
        What the softmax makes of it, 0 to 1.
    """

    head: HeadName
    terms: Mapping[str, float]
    logit: float
    log_envelope: float
    null_logit: float
    attention: float


def parse_pair(text: str) -> tuple[str, str]:
    """Return the ligand atom and the label of the residue that ``ATOM:RESIDUE`` names.

    Parameters
    ----------
    text
        An atom as the tables show it (``C7``, element and place in the file from 1) or counted
        from 0 (``6``), then a residue as the tables show it: ``C7:A:ASP189``, or ``C7:ASP189``
        where that is plain.

    Raises
    ------
    UsageError
        If it names none.
    """
    atom, _, residue = text.partition(":")
    if not (re.fullmatch(r"[A-Z]?[a-z]?\d+", atom.strip()) and residue.strip()):
        raise UsageError(
            f"--pair {text} names no pair; write a ligand atom and a residue, such as --pair "
            "C7:A:ASP189."
        )
    return atom.strip(), residue.strip()


@torch.no_grad()
def pair_logits(
    ensemble: Ensemble,
    graph: ComplexGraph,
    mol: Chem.Mol,
    atom: str,
    residue: str,
    *,
    temperature: float = 1.0,
) -> tuple[PairLogit, ...]:
    """Return the logit of one pair in every head of every network that attends.

    Parameters
    ----------
    ensemble
        In evaluation mode.
    graph, mol
        The complex, and its ligand.
    atom, residue
        As of `parse_pair`.
    temperature
        Of the softmax.

    Raises
    ------
    UsageError
        There is no such atom or residue, the residue is not plain, or they do not meet.
    """
    row = _row(graph, residue)
    batch = collate([graph])
    geometry = complex_geometry(batch)
    number = _atom(mol, atom)
    contact = _contact(batch, number, row, graph.residue_label[row])
    fade = float(np.log(max(geometry.contact_envelope[contact].item(), 1e-30)))
    found: list[PairLogit] = []
    for network, member in ensemble.members.items():
        found += _of_member(network, member, batch, (contact, number, row), fade, temperature)
    return tuple(found)


def _of_member(
    network: str,
    member: nn.Module,
    batch: ComplexGraph,
    place: tuple[int, int, int],
    fade: float,
    temperature: float,
) -> list[PairLogit]:
    contact, atom, residue = place
    answer = member(batch, temperature=temperature, keep=True)
    found = []
    for number, block in enumerate(answer.blocks):
        for direction in DIRECTIONS:
            kept = getattr(block, direction)
            asker = atom if direction == "atom_to_residue" else residue
            for head in range(kept.attention.shape[1]):
                terms = {name: term[contact, head].item() for name, term in kept.logits.items()}
                found.append(
                    PairLogit(
                        head=HeadName(network, number, direction, head),
                        terms=terms,
                        logit=sum(terms.values()),
                        log_envelope=fade,
                        null_logit=kept.null_logit[asker, head].item(),
                        attention=kept.attention[contact, head].item(),
                    )
                )
    return found


def _row(graph: ComplexGraph, residue: str) -> int:
    labels = graph.residue_label
    rows = [row for row, label in enumerate(labels) if label == residue]
    rows = rows or [row for row, label in enumerate(labels) if label.split(":")[-1] == residue]
    if len(rows) == 1:
        return rows[0]
    if rows:
        several = ", ".join(labels[row] for row in rows)
        raise UsageError(f"{residue} may be {several}; name the chain too.")
    raise UsageError(
        f"There is no residue {residue} in the pocket; `molattn explain` without --pair lists them."
    )


def _atom(mol: Chem.Mol, name: str) -> int:
    atoms = mol.GetNumAtoms()
    number = int(name) if name.isdigit() else int(name.lstrip(ascii_letters)) - 1
    if not 0 <= number < atoms:
        raise UsageError(f"The ligand has {atoms} heavy atoms, and none that is called {name}.")
    element = mol.GetAtomWithIdx(number).GetSymbol()
    if not name.isdigit() and name.rstrip(digits) != element:
        raise UsageError(f"Atom {number + 1} of the ligand is {element}{number + 1}, not {name}.")
    return number


def _contact(batch: ComplexGraph, atom: int, residue: int, label: str) -> int:
    first, second = batch[EDGE_LEVELS["contact"]].edge_index
    found = torch.nonzero((first == atom) & (second == residue))
    if not len(found):
        raise UsageError(f"Atom {atom + 1} and {label} are too far apart to meet (8 Å or more).")
    return int(found[0, 0])
