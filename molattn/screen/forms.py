"""Protomers, tautomers and stereoisomers of a molecule, as far as asked for and within a limit.

The order is fixed: protomers at the pH asked for, then tautomers of each, then stereoisomers of
each. Where the limit cuts, the first form of every parent comes before the second of any.

- Protomers (dimorphite_dl) are the forms that exist within the range of pH, a standard deviation of
  the pKa allowed for. The molecule as given comes first if it is among them; if not, it is left
  out.
- Tautomers (RDKit) begin with the form as it was given, then fall in RDKit's score, which names its
  canonical tautomer. Those that have lost an aromatic ring are left out.
- Stereoisomers (RDKit) differ in centres and double bonds that were left open, or belong to an
  "and" or "or" group; where nothing is open, the molecule is its own only stereoisomer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from typing import Final

from rdkit import Chem, rdBase
from rdkit.Chem.EnumerateStereoisomers import (
    EnumerateStereoisomers,
    GetStereoisomerCount,
    StereoEnumerationOptions,
)
from rdkit.Chem.MolStandardize import rdMolStandardize

from molattn.errors import MissingExtra, UsageError
from molattn.structure.records import Note

_MOST_PROTOMERS: Final = 64
_MOST_TAUTOMERS: Final = 64
_MOST_TRANSFORMS: Final = 200
_RING_LOST: Final = 50  # an aromatic ring is worth 100 or more, all other terms a few points
_MOST_STEREOISOMERS: Final = 64
_SEED: Final = 7  # which stereoisomers are taken of more than that


@dataclass(frozen=True, slots=True)
class FormSettings:
    """Which forms of a molecule are wanted.

    Attributes
    ----------
    protomers, tautomers, stereo
        What is enumerated; nothing by default.
    lowest_pH, highest_pH
        Range in which protomers are sought.
    limit
        Most forms of one molecule, all kinds together.

    Raises
    ------
    UsageError
        The range is empty or the limit is not positive.
    """

    protomers: bool = False
    tautomers: bool = False
    stereo: bool = False
    lowest_pH: float = 6.9
    highest_pH: float = 7.9
    limit: int = 8

    def __post_init__(self) -> None:
        if not 0 <= self.lowest_pH <= self.highest_pH <= 14:
            raise UsageError(
                f"there is no pH from {self.lowest_pH:g} to {self.highest_pH:g}; "
                "give a range between 0 and 14."
            )
        if self.limit < 1:
            raise UsageError(f"the limit of forms is {self.limit}; give 1 or more.")


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """One form of a molecule.

    Attributes
    ----------
    mol
        Heavy atoms, sanitised; the order of atoms may differ from that of the molecule.
    label
        Which of how many, ``protomer 1 of 3, stereoisomer 2 of 4``; empty for the only form.
    notes
        What went wrong or was left out; the same for every form of one molecule.
    """

    mol: Chem.Mol
    label: str = ""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of form: its name, and a function from a molecule to forms and whether all."""

    name: str
    enumerate: Callable[[Chem.Mol, FormSettings], tuple[list[Chem.Mol], bool]]


def enumerate_forms(mol: Chem.Mol, settings: FormSettings) -> list[Form]:
    """Return the forms of a molecule, unlike each other, at most ``settings.limit`` of them.

    Parameters
    ----------
    mol
        Heavy atoms, sanitised; not changed, and returned itself where it is a form.
    settings
        What is wanted.

    Returns
    -------
    list of Form
        The same for the same molecule, and never empty. Where an enumerator fails, the forms
        before it, with a warning.

    Raises
    ------
    MissingExtra
        Protomers are wanted and dimorphite_dl is not installed.
    """
    forms = [Form(mol)]
    notes: list[Note] = []
    for kind in _wanted(settings):
        forms, all_there = _apply(kind, forms, settings, notes)
        if not all_there:
            text = f"There are more {kind.name}s than the limit; {len(forms)} forms were kept."
            notes.append(Note("warning", "forms-cut", text))
    return [replace(form, notes=tuple(notes)) for form in forms]


def _wanted(settings: FormSettings) -> Iterator[_Kind]:
    if settings.protomers:
        yield _Kind("protomer", _protomers)
    if settings.tautomers:
        yield _Kind("tautomer", _tautomers)
    if settings.stereo:
        yield _Kind("stereoisomer", _stereoisomers)


def _apply(
    kind: _Kind, parents: Sequence[Form], settings: FormSettings, notes: list[Note]
) -> tuple[list[Form], bool]:
    """Return the forms of one kind of every parent, and whether none was cut off."""
    all_there = True
    families: list[list[Form]] = []
    for parent in parents:
        try:
            with rdBase.BlockLogs():
                found, complete = kind.enumerate(parent.mol, settings)
        except MissingExtra:
            raise
        # what a foreign library throws costs its forms, not the molecule
        except Exception as error:  # noqa: BLE001
            text = f"The {kind.name}s could not be enumerated ({type(error).__name__}: {error})."
            notes.append(Note("warning", "forms-failed", text))
            found, complete = [parent.mol], True
        all_there &= complete
        families.append(_labelled(parent, found, kind.name, complete))
    unlike: dict[str, Form] = {}
    for generation in zip_longest(*families):
        for form in generation:
            if form is not None:
                unlike.setdefault(str(Chem.MolToSmiles(form.mol)), form)
    kept = list(islice(unlike.values(), settings.limit))
    return kept, all_there and len(kept) == len(unlike)


def _labelled(parent: Form, mols: Sequence[Chem.Mol], name: str, complete: bool) -> list[Form]:
    if len(mols) == 1:
        return [replace(parent, mol=mols[0])]
    before = f"{parent.label}, " if parent.label else ""
    of = f"of {len(mols)}" + ("" if complete else " or more")
    return [
        replace(parent, mol=mol, label=f"{before}{name} {number} {of}")
        for number, mol in enumerate(mols, start=1)
    ]


def _protomers(mol: Chem.Mol, settings: FormSettings) -> tuple[list[Chem.Mol], bool]:
    try:
        from dimorphite_dl import protonate_smiles
    except ImportError:
        raise MissingExtra("dimorphite_dl", "forms") from None

    given = str(Chem.MolToSmiles(mol))
    # as a list: a text alone is taken for the name of a file where there is one
    texts = protonate_smiles(
        [given],
        ph_min=settings.lowest_pH,
        ph_max=settings.highest_pH,
        max_variants=_MOST_PROTOMERS,
    )
    found: dict[str, Chem.Mol] = {}
    for text in texts:
        protomer: Chem.Mol | None = Chem.MolFromSmiles(text)
        if protomer is not None:
            found.setdefault(str(Chem.MolToSmiles(protomer)), protomer)
    if given in found:
        found = {given: mol, **{text: one for text, one in found.items() if text != given}}
    return list(found.values()) or [mol], len(found) < _MOST_PROTOMERS


def _tautomers(mol: Chem.Mol, settings: FormSettings) -> tuple[list[Chem.Mol], bool]:
    enumerator = rdMolStandardize.TautomerEnumerator()
    enumerator.SetMaxTautomers(_MOST_TAUTOMERS)
    enumerator.SetMaxTransforms(_MOST_TRANSFORMS)
    enumerator.SetRemoveSp3Stereo(False)
    enumerator.SetRemoveBondStereo(False)
    result = enumerator.Enumerate(mol)
    found = {str(Chem.MolToSmiles(one, isomericSmiles=False)): one for one in result.tautomers}
    found.pop(str(Chem.MolToSmiles(mol, isomericSmiles=False)), None)
    scores = {text: enumerator.ScoreTautomer(one) for text, one in found.items()}
    best = max([enumerator.ScoreTautomer(mol), *scores.values()])
    likely = [text for text in found if scores[text] > best - _RING_LOST]
    ranked = sorted(likely, key=lambda text: (-scores[text], text))
    complete = result.status == rdMolStandardize.TautomerEnumeratorStatus.Completed
    return [mol, *(found[text] for text in ranked)], complete


def _stereoisomers(mol: Chem.Mol, settings: FormSettings) -> tuple[list[Chem.Mol], bool]:
    options = StereoEnumerationOptions(
        tryEmbedding=False,
        onlyUnassigned=True,
        unique=True,
        maxIsomers=_MOST_STEREOISOMERS,
        rand=_SEED,
    )
    possible = GetStereoisomerCount(mol, options=options)
    if possible == 1:
        return [mol], True
    isomers = EnumerateStereoisomers(mol, options=options)
    found = {str(Chem.MolToSmiles(one)): one for one in isomers}
    return [found[text] for text in sorted(found)], possible <= _MOST_STEREOISOMERS
