"""The rules that make one molecule of a record, and the choice among its separate pieces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from rdkit import Chem
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from molattn.errors import LigandUnreadable, UsageError
from molattn.structure.heavy_graph import is_metal
from molattn.structure.ligand_identity import identity_of_smiles
from molattn.structure.records import Note
from molattn.structure.standard_form import standard_form

SMALL_PIECE: Final = 6
"""Heavy atoms up to which every piece beside the molecule is a counter-ion or a solvent."""

DRUG_SIZE: Final = 10
"""Heavy atoms from which a second piece, at least half as large as the first, makes a mixture."""

COUNTER_IONS: Final[Mapping[str, str]] = {
    "hexafluorophosphate": "F[P-](F)(F)(F)(F)F",
    "trifluoroacetate": "OC(=O)C(F)(F)F",
    "triflate": "OS(=O)(=O)C(F)(F)F",
    "tosylate": "Cc1ccc(cc1)S(O)(=O)=O",
    "besylate": "OS(=O)(=O)c1ccccc1",
    "napsylate": "OS(=O)(=O)c1ccc2ccccc2c1",
    "napadisylate": "OS(=O)(=O)c1cccc2c1cccc2S(O)(=O)=O",
    "edisylate": "OS(=O)(=O)CCS(O)(=O)=O",
    "isethionate": "OCCS(O)(=O)=O",
    "camsylate": "CC1(C)C2CCC1(CS(O)(=O)=O)C(=O)C2",
    "maleate or fumarate": "OC(=O)C=CC(O)=O",
    "succinate": "OC(=O)CCC(O)=O",
    "malonate": "OC(=O)CC(O)=O",
    "malate": "OC(=O)CC(O)C(O)=O",
    "tartrate": "OC(=O)C(O)C(O)C(O)=O",
    "dibenzoyltartrate": "OC(=O)C(OC(=O)c1ccccc1)C(OC(=O)c1ccccc1)C(O)=O",
    "ditoluoyltartrate": "Cc1ccc(cc1)C(=O)OC(C(O)=O)C(OC(=O)c1ccc(C)cc1)C(O)=O",
    "citrate": "OC(=O)CC(O)(CC(O)=O)C(O)=O",
    "adipate": "OC(=O)CCCCC(O)=O",
    "benzoate": "OC(=O)c1ccccc1",
    "salicylate": "OC(=O)c1ccccc1O",
    "mandelate": "OC(C(O)=O)c1ccccc1",
    "hippurate": "OC(=O)CNC(=O)c1ccccc1",
    "nicotinate": "OC(=O)c1cccnc1",
    "gluconate": "OCC(O)C(O)C(O)C(O)C(O)=O",
    "ascorbate": "OCC(O)C1OC(=O)C(O)=C1O",
    "pamoate": "OC(=O)c1cc2ccccc2c(Cc2c(O)c(cc3ccccc23)C(O)=O)c1O",
    "xinafoate": "OC(=O)c1ccc2ccccc2c1O",
    "picrate": "Oc1c(cc(cc1[N+]([O-])=O)[N+]([O-])=O)[N+]([O-])=O",
    "saccharinate": "O=C1NS(=O)(=O)c2ccccc12",
    "stearate": "CCCCCCCCCCCCCCCCCC(O)=O",
    "oleate": "CCCCCCCCC=CCCCCCCCC(O)=O",
    "glutamate": "NC(CCC(O)=O)C(O)=O",
    "aspartate": "NC(CC(O)=O)C(O)=O",
    "lysine": "NCCCCC(N)C(O)=O",
    "arginine": "NC(CCCNC(N)=N)C(O)=O",
    "tetraphenylborate": "c1ccc(cc1)[B-](c1ccccc1)(c1ccccc1)c1ccccc1",
    "dicyclohexylamine": "C1CCC(CC1)NC1CCCCC1",
    "cyclohexylamine": "NC1CCCCC1",
    "triethylamine": "CCN(CC)CC",
    "diisopropylethylamine": "CCN(C(C)C)C(C)C",
    "tetraethylammonium": "CC[N+](CC)(CC)CC",
    "tetrabutylammonium": "CCCC[N+](CCCC)(CCCC)CCCC",
    "choline": "C[N+](C)(C)CCO",
    "diethanolamine": "OCCNCCO",
    "triethanolamine": "OCCN(CCO)CCO",
    "tromethamine": "NC(CO)(CO)CO",
    "meglumine": "CNCC(O)C(O)C(O)C(O)CO",
    "benzathine": "C(CNCc1ccccc1)NCc1ccccc1",
    "2-phenylethylamine": "NCCc1ccccc1",
    "1-phenylethylamine": "CC(N)c1ccccc1",
    "N-methylpyrrolidone": "CN1CCCC1=O",
    "diisopropyl ether": "CC(C)OC(C)C",
    "toluene": "Cc1ccccc1",
    "p-xylene": "Cc1ccc(C)cc1",
    "o-xylene": "Cc1ccccc1C",
    "m-xylene": "Cc1cccc(C)c1",
    "cycloheptane": "C1CCCCCC1",
    "heptane": "CCCCCCC",
}
"""Usual counter-ions and solvents of more than six heavy atoms; charges and stereo do not count."""

Outcome = Literal["repair", "warning", "info", "refused"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: the code of its note, what it leads to, and what it says."""

    code: str
    outcome: Outcome
    text: str


RULES: Final = (
    Rule("salt-removed", "repair", "Counter-ions, solvents and further copies are left out."),
    Rule("salt-disconnected", "repair", "Drawn bonds to alkali and alkaline-earth metals are cut."),
    Rule("large-fragment-dropped", "warning", "An unusual smaller piece is left out."),
    Rule("mixture", "warning", "Of two molecules of drug size or two stereoisomers one is kept."),
    Rule("isotope-labels", "info", "Isotope labels do not change a score and are left out."),
    Rule("radical", "info", "A radical is scored as if hydrogens filled its open valences."),
    Rule("stereo-unread", "warning", "A drawing that needs repair loses its stereo."),
    Rule("inorganic", "refused", "A molecule without carbon."),
    Rule("indefinite", "refused", "R-groups, dummy and query atoms, query bonds, polymers."),
    Rule("size", "refused", "More heavy atoms than --max-heavy-atoms, or fewer than three."),
)
"""What becomes of a record that is not one plain molecule; `molattn.screen.molecule` applies it."""

_CARBON: Final = Chem.MolFromSmarts("[#6]")
_KINDS: Final = {rule.code: rule.outcome for rule in RULES}


@dataclass(frozen=True, slots=True)
class MoleculeLimits:
    """Sizes of the molecules that a screen accepts.

    Attributes
    ----------
    most_heavy_atoms
        Option ``--max-heavy-atoms``.
    fewest_heavy_atoms
        Below these nothing can be said of binding.

    Raises
    ------
    UsageError
        The limits leave no molecule.
    """

    most_heavy_atoms: int = 100
    fewest_heavy_atoms: int = 3

    def __post_init__(self) -> None:
        if not 1 <= self.fewest_heavy_atoms <= self.most_heavy_atoms:
            raise UsageError(
                f"no molecule has at least {self.fewest_heavy_atoms} and at most "
                f"{self.most_heavy_atoms} heavy atoms; raise --max-heavy-atoms."
            )


def rule_note(code: str, text: str) -> Note:
    """Return the note of a rule that does not refuse; its kind stands in ``RULES``."""
    outcome = _KINDS[code]
    if outcome == "refused":
        raise ValueError(f"the rule {code!r} refuses; it has no note")
    return Note(outcome, code, text)


def check_size(heavy_atoms: int, limits: MoleculeLimits) -> None:
    """Refuse a molecule that is too large or too small.

    Raises
    ------
    LigandUnreadable
        Naming the limit.
    """
    if heavy_atoms > limits.most_heavy_atoms:
        raise LigandUnreadable(
            f"the molecule has {heavy_atoms} heavy atoms, more than {limits.most_heavy_atoms}; "
            "raise --max-heavy-atoms to accept it"
        )
    if heavy_atoms < limits.fewest_heavy_atoms:
        raise LigandUnreadable(
            f"the molecule has {heavy_atoms} heavy {'atom' if heavy_atoms == 1 else 'atoms'}, "
            f"fewer than the {limits.fewest_heavy_atoms} that a screen asks for; leave it out"
        )


def check_organic(mol: Chem.Mol) -> None:
    """Refuse a molecule without carbon.

    Raises
    ------
    LigandUnreadable
        There is none.
    """
    if not mol.HasSubstructMatch(_CARBON):
        raise LigandUnreadable("the molecule is inorganic (it has no carbon); leave it out")


def choose_piece(pieces: Sequence[Chem.Mol]) -> tuple[int, list[Note]]:
    """Choose which of the separate pieces of a record is the molecule.

    The largest organic piece, usual counter-ions and solvents last; of equals the first.

    Parameters
    ----------
    pieces
        Each sanitised, without hydrogens.

    Returns
    -------
    tuple
        Its place among the pieces, and a note for each rule that was applied.
    """
    kept = min(range(len(pieces)), key=lambda place: _rank(pieces[place], place))
    molecule = pieces[kept]
    plain: list[str] = []
    notes: list[Note] = []
    for place, piece in enumerate(pieces):
        if place == kept:
            continue
        verdict = _verdict(piece, molecule)
        if verdict == "salt-removed":
            copy = _skeleton(piece) == _skeleton(molecule)
            plain.append("further copy of it" if copy else piece_name(piece))
        else:
            note = rule_note(verdict, _doubt(verdict, piece, molecule))
            if note not in notes:
                notes.append(note)
    if plain:
        listed = [f"{n} × {name}" if n > 1 else name for name, n in Counter(plain).items()]
        more = f" and {len(listed) - 5} more" if len(listed) > 5 else ""
        text = f"Left out beside the molecule: {', '.join(listed[:5])}{more}."
        notes.insert(0, rule_note("salt-removed", text))
    return kept, notes


def piece_name(piece: Chem.Mol) -> str:
    """Return the name of a usual counter-ion, the symbol of a metal, the formula of the rest."""
    first = piece.GetAtomWithIdx(0)
    if piece.GetNumAtoms() == 1 and is_metal(first.GetAtomicNum()):
        return str(first.GetSymbol())
    return _counter_ion(piece) or str(CalcMolFormula(piece))


def _rank(piece: Chem.Mol, place: int) -> tuple[int, int, int]:
    size = piece.GetNumAtoms()
    organic = piece.HasSubstructMatch(_CARBON)
    unusual = size > SMALL_PIECE and not _counter_ion(piece)
    return (0 if organic and unusual else 1 if organic else 2), -size, place


def _verdict(piece: Chem.Mol, molecule: Chem.Mol) -> str:
    size, largest = piece.GetNumAtoms(), molecule.GetNumAtoms()
    if size == largest and _skeleton(piece) == _skeleton(molecule):
        return "salt-removed" if _same_stereo(piece, molecule) else "mixture"
    if size <= SMALL_PIECE or _counter_ion(piece):
        return "salt-removed"
    return "mixture" if size >= DRUG_SIZE and 2 * size >= largest else "large-fragment-dropped"


def _doubt(verdict: str, piece: Chem.Mol, molecule: Chem.Mol) -> str:
    if verdict == "large-fragment-dropped":
        return f"A piece that is no usual counter-ion was left out ({piece_name(piece)})."
    if _skeleton(piece) == _skeleton(molecule):
        return "The record is a mixture of stereoisomers; only the first was kept."
    return f"The record is a mixture; a second molecule was left out ({piece_name(piece)})."


def _same_stereo(piece: Chem.Mol, molecule: Chem.Mol) -> bool:
    texts = [str(Chem.MolToSmiles(mol)) for mol in (piece, molecule)]
    try:
        return len({identity_of_smiles(text).smiles for text in texts}) == 1
    except LigandUnreadable:
        return texts[0] == texts[1]


def _counter_ion(piece: Chem.Mol) -> str:
    if piece.GetNumAtoms() <= SMALL_PIECE:
        return ""
    return _known_skeletons().get(_skeleton(piece), "")


@lru_cache(maxsize=1)
def _known_skeletons() -> dict[str, str]:
    return {_skeleton(Chem.MolFromSmiles(text)): name for name, text in COUNTER_IONS.items()}


def _skeleton(piece: Chem.Mol) -> str:
    """Return a SMILES that neither charges nor stereo change."""
    try:
        form = standard_form(piece)
    except (Chem.MolSanitizeException, ValueError):
        form = piece
    return str(Chem.MolToSmiles(form, isomericSmiles=False))
