"""SMILES and drawings of a library, read into RDKit molecules; what is wrong, in a sentence."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdqueries
from rdkit.Chem.MolStandardize import rdMolStandardize

from molattn.errors import LigandUnreadable
from molattn.screen.molecule_rules import MoleculeLimits, check_size, rule_note
from molattn.structure.heavy_graph import HeavyGraph, is_metal
from molattn.structure.ligand_chemistry import chemical_molecule
from molattn.structure.records import Note
from molattn.structure.sdf import ParsedRecord, refuse_query

_LETTERS_AN_ATOM: Final = 50  # of a SMILES; more is no molecule of the size allowed
_POLYMERS: Final = ("SRU", "MON", "MER", "COP", "CRO", "MOD", "GRA", "ANY")  # types of Sgroups
_POLYMER_LINE: Final = re.compile(rf"^M  (?:STY.*|V30 \d+) (?:{'|'.join(_POLYMERS)})\b", re.M)
_ISOTOPE: Final = re.compile(r"^M  ISO|^M  V30 .* MASS=|^[-\d. ]{31}[DT]  |^M  V30 \d+ [DT] ", re.M)
_RADICAL: Final = re.compile(r"^M  RAD|^M  V30 .* RAD=", re.M)
_MAY_BE_INDEFINITE: Final = re.compile(r"[*~:|]|#0")
_LABELLED: Final = rdqueries.IsotopeGreaterQueryAtom(0)
_RADICAL_ATOM: Final = rdqueries.NumRadicalElectronsGreaterQueryAtom(0)
_BONDED_SALT: Final = Chem.MolFromSmarts("[#3,#4,#11,#12,#19,#20,#37,#38,#55,#56;!D0]")
_POSITION: Final = re.compile(r"around position (\d+)")
_PARSE_ERROR: Final = re.compile(r"SMILES Parse Error: (.+?) for input:")


def smiles_molecule(text: str, limits: MoleculeLimits) -> Chem.Mol:
    """Read a SMILES or CXSMILES.

    Parameters
    ----------
    text
        The SMILES; words after it are ignored.
    limits
        Checked before anything costly is done.

    Returns
    -------
    Chem.Mol
        All pieces, sanitised, with hydrogens where they were written.

    Raises
    ------
    LigandUnreadable
        With what is wrong, and at which letter or atom.
    """
    words = text.split(maxsplit=1)
    if not words:
        raise LigandUnreadable("the SMILES is empty; give one")
    most = _LETTERS_AN_ATOM * limits.most_heavy_atoms
    if len(words[0]) > most:
        raise LigandUnreadable(
            f"the SMILES has {len(words[0]):,} letters, too many for a molecule of at most "
            f"{limits.most_heavy_atoms} heavy atoms; raise --max-heavy-atoms to accept it"
        )
    if len(words) == 2 and not words[1].startswith("|"):
        text = words[0]  # a name
    with rdBase.BlockLogs():
        raw: Chem.Mol | None = Chem.MolFromSmiles(text, sanitize=False)
    if raw is None:
        raise LigandUnreadable(_parse_problem(text))
    check_size(_largest_piece(raw) if "." in words[0] else raw.GetNumHeavyAtoms(), limits)
    if _MAY_BE_INDEFINITE.search(text):  # to ask every atom takes longer than to read the SMILES
        _refuse_indefinite(raw)
    with rdBase.BlockLogs():
        mol: Chem.Mol | None = Chem.MolFromSmiles(text)
    if mol is None:
        raise LigandUnreadable(_chemistry_problem(raw))
    return mol


_POLYMER: Final = "the record is a polymer, not one molecule; give one definite molecule"


def _refuse_indefinite(raw: Chem.Mol) -> None:
    refuse_query(raw)
    if any(group.GetProp("TYPE") in _POLYMERS for group in Chem.GetMolSubstanceGroups(raw)):
        raise LigandUnreadable(_POLYMER)
    for bond in raw.GetBonds():
        ends = bond.GetBeginAtom(), bond.GetEndAtom()
        if bond.GetIsAromatic() and not all(atom.GetIsAromatic() for atom in ends):
            raise LigandUnreadable(
                f"bond {bond.GetIdx() + 1} is written as aromatic between atoms that are not; "
                "correct the SMILES"
            )


def _largest_piece(mol: Chem.Mol) -> int:
    heavy = [atom.GetAtomicNum() != 1 for atom in mol.GetAtoms()]
    return max((sum(heavy[atom] for atom in piece) for piece in Chem.GetMolFrags(mol)), default=0)


def _parse_problem(text: str) -> str:
    with rdBase.CaptureErrorLog() as log:
        Chem.MolFromSmiles(text, sanitize=False)
    smiles, *extension = text.split(maxsplit=1)
    position = _POSITION.search(log.messages)
    if position:
        at = int(position[1])
        part = smiles[max(at - 10, 0) : at + 5]
        return f"the SMILES cannot be read near letter {at} ({part!r}); correct it"
    reason = _PARSE_ERROR.search(log.messages)
    if reason:
        return f"the SMILES {_short(smiles)} cannot be read ({reason[1]}); correct it"
    if extension:
        return f"the extension {_short(extension[0])} of the SMILES cannot be read; correct it"
    return f"the SMILES {_short(smiles)} cannot be read; correct it"


def _chemistry_problem(raw: Chem.Mol) -> str:
    with rdBase.BlockLogs():
        problems = Chem.DetectChemistryProblems(raw)
    for problem in problems:
        kind = problem.GetType()
        if kind == "KekulizeException":
            named = ", ".join(str(atom + 1) for atom in list(problem.GetAtomIndices())[:6])
            return (
                f"the aromatic atoms near {named} admit no pattern of double bonds (a hydrogen "
                "as in [nH] may be missing); correct the SMILES"
            )
        if kind in ("AtomValenceException", "AtomKekulizeException"):
            atom = raw.GetAtomWithIdx(problem.GetAtomIdx())
            what = (
                "has too many bonds"
                if kind == "AtomValenceException"
                else "is written as aromatic outside a ring"
            )
            named = f"atom {atom.GetIdx() + 1} ({atom.GetSymbol()})"
            return f"{named} {what}; correct the SMILES"
    return "the SMILES makes no molecule that RDKit accepts; correct it"


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")


def drawing_molecule(text: str, parsed: ParsedRecord) -> tuple[Chem.Mol, list[Note]]:
    """Read a record whose coordinates are no pose; its stereo is that of its wedges or parities.

    Parameters
    ----------
    text
        The record; stereo is read from SDF only, MOL2 states none.
    parsed
        The same record as read by molattn, for what RDKit refuses.

    Returns
    -------
    tuple
        All pieces, sanitised, and notes.

    Raises
    ------
    LigandUnreadable
        It is no molecule, even after repair.
    """
    drawn = not text.startswith("@<TRIPOS>")
    if drawn:
        with rdBase.BlockLogs():
            mol: Chem.Mol | None = Chem.MolFromMolBlock(text, removeHs=False, strictParsing=False)
            if mol is not None and _heavy_elements(mol) == parsed.graph.elements:
                if not np.ptp(mol.GetConformer().GetPositions(), axis=0).any():
                    Chem.AssignAtomChiralTagsFromMolParity(mol)
                    Chem.AssignStereochemistry(mol, cleanIt=True, force=True)
                return mol, []
    graph = parsed.graph
    # repairs weigh bond lengths, which in a drawing mean nothing
    bare = HeavyGraph(graph.elements, graph.charges, graph.neighbours, np.zeros((len(graph), 3)))
    mol, notes = chemical_molecule(bare, charges_given=parsed.charges_given)
    if drawn:
        notes.append(rule_note("stereo-unread", "The stereo of the drawing could not be read."))
    return mol, notes


def _heavy_elements(mol: Chem.Mol) -> list[int]:
    return [atom.GetAtomicNum() for atom in mol.GetAtoms() if atom.GetAtomicNum() != 1]


def plain_molecule(mol: Chem.Mol) -> tuple[Chem.Mol, list[Note]]:
    """Return heavy atoms alone, without conformer, isotope labels, radicals and drawn Na–O bonds.

    Parameters
    ----------
    mol
        Sanitised molecule of one or more pieces; not changed.
    """
    notes: list[Note] = []
    plain = Chem.Mol(mol)
    plain.RemoveAllConformers()
    Chem.ClearMolSubstanceGroups(plain)  # they would hold on to their hydrogens
    if plain.GetAtomsMatchingQuery(_LABELLED):
        for atom in plain.GetAtoms():
            atom.SetIsotope(0)
        notes.append(_isotope_note())
    with rdBase.BlockLogs():
        if plain.GetNumHeavyAtoms() < plain.GetNumAtoms():
            plain = Chem.RemoveAllHs(plain)
        if plain.HasSubstructMatch(_BONDED_SALT):
            plain = rdMolStandardize.MetalDisconnector().Disconnect(plain)
            text = "A metal drawn with a bond to its counter-ion was made an ion."
            notes.append(rule_note("salt-disconnected", text))
        if _fill_radicals(plain):
            notes.append(_radical_note())
        if notes:
            Chem.AssignStereochemistry(plain, cleanIt=True, force=True)
    return plain, notes


def _fill_radicals(mol: Chem.Mol) -> bool:
    """Let hydrogens take the place of unpaired electrons; those at metals stay."""
    filled = False
    for atom in mol.GetAtomsMatchingQuery(_RADICAL_ATOM):
        near = (atom, *atom.GetNeighbors())
        if not any(is_metal(one.GetAtomicNum()) for one in near):
            atom.SetNumRadicalElectrons(0)
            atom.SetNoImplicit(False)
            filled = True
    if filled:
        Chem.SanitizeMol(mol)
    return filled


def check_record_text(text: str) -> list[Note]:
    """Return notes on labels of an SDF record that its reader leaves out.

    Raises
    ------
    LigandUnreadable
        The record is a polymer.
    """
    if ("M  STY" in text or "SGROUP" in text) and _POLYMER_LINE.search(text):
        raise LigandUnreadable(_POLYMER)
    notes: list[Note] = []
    if _ISOTOPE.search(text):
        notes.append(_isotope_note())
    if "RAD" in text and _RADICAL.search(text):
        notes.append(_radical_note())
    return notes


def _isotope_note() -> Note:
    return rule_note("isotope-labels", "Isotope labels were left out.")


def _radical_note() -> Note:
    return rule_note("radical", "A radical is scored as if hydrogens filled its open valence.")
