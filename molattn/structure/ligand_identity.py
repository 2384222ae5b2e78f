"""Which compound a ligand is, however its source wrote charges, protons and double bonds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rdkit import Chem, rdBase

from molattn.errors import LigandUnreadable
from molattn.structure.records import Ligand
from molattn.structure.standard_form import standard_form

_INVERTED: Final = {
    Chem.ChiralType.CHI_TETRAHEDRAL_CW: Chem.ChiralType.CHI_TETRAHEDRAL_CCW,
    Chem.ChiralType.CHI_TETRAHEDRAL_CCW: Chem.ChiralType.CHI_TETRAHEDRAL_CW,
}
_CIS_TRANS: Final = (Chem.BondStereo.STEREOCIS, Chem.BondStereo.STEREOTRANS)


@dataclass(frozen=True, slots=True)
class LigandIdentity:
    """Names of one compound that do not depend on how it was drawn.

    Attributes
    ----------
    smiles
        Canonical SMILES of the neutral standard form, with stereo.
    inchikey
        InChIKey of it; "" where InChI cannot name it.
    n_heavy
        Heavy atoms.
    """

    smiles: str
    inchikey: str
    n_heavy: int


def identity_of_ligand(ligand: Ligand) -> LigandIdentity:
    """Return the identity of a posed ligand; its stereo is that of the pose."""
    form = Chem.Mol(standard_form(ligand.mol))
    with rdBase.BlockLogs():
        Chem.AssignStereochemistryFrom3D(form)
    return _named(form)


def identity_of_smiles(smiles: str) -> LigandIdentity:
    """Return the identity of the largest piece of a SMILES; its stereo is that of the SMILES.

    Raises
    ------
    LigandUnreadable
        It is no molecule.
    """
    with rdBase.BlockLogs():
        mol: Chem.Mol | None = Chem.MolFromSmiles(smiles)
        if mol is None or not mol.GetNumAtoms():
            raise LigandUnreadable(f"the SMILES {smiles!r} is no molecule; correct it")
        pieces = Chem.GetMolFrags(mol, asMols=True)
        largest = max(pieces, key=lambda piece: piece.GetNumHeavyAtoms())
        largest = Chem.RemoveAllHs(largest)
        try:
            form = Chem.Mol(standard_form(largest))
        except (Chem.MolSanitizeException, ValueError) as error:
            raise LigandUnreadable(
                f"the SMILES {smiles!r} has no standard form: {error}"
            ) from error
    form.RemoveAllConformers()
    _copy_stereo(largest, form)
    return _named(form)


def _named(form: Chem.Mol) -> LigandIdentity:
    with rdBase.BlockLogs():
        smiles = str(Chem.MolToSmiles(form))
        inchikey = str(Chem.MolToInchiKey(form))
    return LigandIdentity(smiles, inchikey, form.GetNumHeavyAtoms())


def _copy_stereo(source: Chem.Mol, form: Chem.Mol) -> None:
    """Set the stereo of a molecule on its standard form, atoms in the same order."""
    for atom in source.GetAtoms():
        tag = atom.GetChiralTag()
        if tag in _INVERTED:
            twin = form.GetAtomWithIdx(atom.GetIdx())
            odd = _odd_permutation(_neighbours(atom), _neighbours(twin))
            twin.SetChiralTag(_INVERTED[tag] if odd else tag)
    Chem.AssignStereochemistry(form, cleanIt=True, force=True)  # bonds after it: it clears them
    for bond in source.GetBonds():
        if bond.GetStereo() == Chem.BondStereo.STEREONONE:
            continue
        ends = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        double: Chem.Bond | None = form.GetBondBetweenAtoms(*ends)
        if double is None or double.GetBondType() != Chem.BondType.DOUBLE:
            continue
        _copy_bond_stereo(bond, double)


def _copy_bond_stereo(bond: Chem.Bond, twin: Chem.Bond) -> None:
    first, second = bond.GetStereoAtoms()
    if bond.GetBeginAtomIdx() != twin.GetBeginAtomIdx():
        first, second = second, first
    twin.SetStereoAtoms(first, second)
    stereo = bond.GetStereo()
    if stereo not in _CIS_TRANS:  # E and Z rank as the stereo atoms of RDKit's own choice do
        cis = stereo == Chem.BondStereo.STEREOZ
        stereo = _CIS_TRANS[0 if cis else 1]
    twin.SetStereo(stereo)


def _neighbours(atom: Chem.Atom) -> list[int]:
    return [bond.GetOtherAtomIdx(atom.GetIdx()) for bond in atom.GetBonds()]


def _odd_permutation(one: list[int], other: list[int]) -> bool:
    """Return whether an odd number of swaps turns one order into the other."""
    rank = {atom: place for place, atom in enumerate(other)}
    places = [rank[atom] for atom in one]
    swaps = sum(
        places[i] > places[j] for i in range(len(places)) for j in range(i + 1, len(places))
    )
    return swaps % 2 == 1
