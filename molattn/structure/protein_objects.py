"""Protein objects of other libraries (gemmi, Biopython) as one gemmi structure."""

from __future__ import annotations

from typing import Any, TypeGuard

import gemmi

from molattn.errors import UsageError


def is_biopython_entity(source: object) -> TypeGuard[Any]:
    """Whether an object is a structure, model or chain of ``Bio.PDB``, without importing it."""
    return any(
        base.__module__.startswith("Bio.PDB") and base.__name__ in ("Structure", "Model", "Chain")
        for base in type(source).__mro__
    )


def structure_from_object(source: object) -> gemmi.Structure:
    """Return a protein object as a gemmi structure; the object itself is left as it was.

    Parameters
    ----------
    source
        ``gemmi.Structure``, ``gemmi.Model``, ``gemmi.Chain``, or a structure, model or chain of
        ``Bio.PDB`` (every alternative location is carried over).

    Returns
    -------
    gemmi.Structure
        A gemmi structure given is returned itself.

    Raises
    ------
    UsageError
        Any other type.
    """
    if isinstance(source, gemmi.Structure):
        return source
    if isinstance(source, gemmi.Model):
        return _structure_of([source])
    if isinstance(source, gemmi.Chain):
        model = gemmi.Model(1)
        model.add_chain(source)
        return _structure_of([model])
    if is_biopython_entity(source):
        return _from_biopython(source)
    raise UsageError(
        f"a protein is given as a path, a gemmi structure or a Biopython structure, "
        f"not as {type(source).__name__}."
    )


def _structure_of(models: list[gemmi.Model]) -> gemmi.Structure:
    structure = gemmi.Structure()
    for model in models:
        structure.add_model(model)
    return structure


def _from_biopython(entity: Any) -> gemmi.Structure:
    models = list(entity) if entity.level == "S" else [entity]
    return _structure_of([_model(entry, row) for row, entry in enumerate(models, start=1)])


def _model(entity: Any, number: int) -> gemmi.Model:
    model = gemmi.Model(number)
    for chain_entity in list(entity) if entity.level == "M" else [entity]:
        chain = gemmi.Chain(str(chain_entity.id).strip())
        for residue_entity in chain_entity.get_unpacked_list():
            chain.add_residue(_residue(residue_entity))
        model.add_chain(chain)
    return model


def _residue(entity: Any) -> gemmi.Residue:
    hetero, number, insertion = entity.id
    residue = gemmi.Residue()
    residue.name = entity.resname.strip()
    residue.seqid = gemmi.SeqId(int(number), insertion or " ")
    residue.het_flag = "A" if hetero == " " else "H"
    for entry in entity.get_unpacked_list():
        atom = gemmi.Atom()
        atom.name = entry.name.strip()
        atom.element = gemmi.Element((entry.element or "").strip() or "X")
        atom.pos = gemmi.Position(*(float(value) for value in entry.coord))
        atom.occ = 1.0 if entry.occupancy is None else float(entry.occupancy)
        atom.b_iso = float(entry.bfactor or 0.0)
        atom.altloc = (entry.altloc or " ").strip() or "\0"
        residue.add_atom(atom)
    return residue
