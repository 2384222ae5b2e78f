"""Does a pose have the stereo that its molecule was given: handedness and double bonds."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rdkit import Chem, rdBase

from molattn.structure.records import Ligand

_CHIRAL: Final = (Chem.ChiralType.CHI_TETRAHEDRAL_CW, Chem.ChiralType.CHI_TETRAHEDRAL_CCW)


def stereo_changed(ligand: Ligand, reference: Chem.Mol) -> bool:
    """Return whether a pose is another stereoisomer than a molecule.

    Parameters
    ----------
    ligand
        The pose; its stereo is read from its coordinates alone.
    reference
        The same compound in any order of atoms and any protonation, hydrogens optional. Centres and
        double bonds whose stereo it leaves open may be either way.

    Returns
    -------
    bool
        False too where the two are not the same compound, so that nothing can be compared.
    """
    queries = _queries(reference)
    if not queries or queries[0].GetNumAtoms() != ligand.mol.GetNumAtoms():
        return False
    posed = Chem.Mol(ligand.mol)
    with rdBase.BlockLogs():
        Chem.AssignStereochemistryFrom3D(posed)
    for query in queries:
        if posed.HasSubstructMatch(query):
            return not posed.HasSubstructMatch(query, useChirality=True)
    return False


@lru_cache(maxsize=64)
def _queries(reference: Chem.Mol) -> tuple[Chem.Mol, ...]:
    """Return the molecule without charges, and without bond orders too; none without stereo.

    The first finds the compound in another protonation, the second in another tautomer. Bonds keep
    their order where they have stereo.
    """
    heavy = Chem.RemoveHs(reference)
    tagged = any(atom.GetChiralTag() in _CHIRAL for atom in heavy.GetAtoms())
    turned = any(bond.GetStereo() > Chem.BondStereo.STEREOANY for bond in heavy.GetBonds())
    if not tagged and not turned:
        return ()
    strict = Chem.RWMol(heavy)
    for atom in strict.GetAtoms():
        atom.SetFormalCharge(0)
        atom.SetIsotope(0)
    loose = Chem.RWMol(strict)
    anything = Chem.MolFromSmarts("*~*").GetBondWithIdx(0)
    for bond in list(loose.GetBonds()):
        if bond.GetStereo() <= Chem.BondStereo.STEREOANY:
            loose.ReplaceBond(bond.GetIdx(), anything)
    for atom in loose.GetAtoms():
        atom.SetIsAromatic(False)
    return strict.GetMol(), loose.GetMol()
