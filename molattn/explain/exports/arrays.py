"""Everything of an explanation as named arrays, to be read with numpy and nothing else."""

from __future__ import annotations

from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from molattn.explain.explanation import Curve, Explanation, Faithfulness, Interaction
from molattn.explain.exports.contact_atoms import contact_atoms, ligand_positions
from molattn.explain.head_maps import DIRECTIONS, HeadMaps
from molattn.predict.attention_file import attention_arrays

Arrays = dict[str, NDArray[Any]]


def explanation_arrays(explanation: Explanation) -> Arrays:
    """Return every number and text of an explanation as arrays.

    Returns
    -------
    dict
        The arrays of :func:`molattn.predict.attention_file.attention_arrays`, and

        - ``residue_label``, ``residue_closest`` (Å), ``ligand_position`` [a, 3] Å;
        - ``contact_atom``, ``contact_residue``, ``contact_distance`` (Å);
        - per view ``view/NAME/residues``, ``atoms``, ``contacts`` and ``unit``;
        - per direction ``heads/DIRECTION/name``, ``attention`` [heads, atoms, residues], ``null``;
        - ``fragment_name``, ``fragment_of_atom``, ``fragment_change``; ``solvent_pK``,
          ``completeness`` (nan if unknown);
        - ``mutation_residue``, ``mutation_change``; ``interaction_known`` and, of each,
          ``interaction_residue``, ``_label``, ``_kind``, ``_distance``, ``_atoms`` (with commas);
        - per view ``faithfulness/NAME/share``, ``deletion``, ``insertion``, ``areas``; likewise
          ``faithfulness/random/...`` with a row per order; ``agreement_first``, ``_second``,
          ``_rank``; ``believed``, ``verdict``;
        - ``pocket_position`` and the names of pocket atoms and residues; ``story``, ``notes``,
          ``seconds_step``, ``seconds``.
    """
    arrays: Arrays = dict(attention_arrays(explanation.score))
    ends = contact_atoms(explanation)
    arrays |= {
        "residue_label": _texts(explanation.labels),
        "residue_closest": explanation.closest,
        "ligand_position": ligand_positions(explanation),
        "contact_atom": explanation.contact_atom,
        "contact_residue": explanation.contact_residue,
        "contact_distance": ends.distance,
        "solvent_pK": np.array(explanation.solvent_pK),
        "completeness": np.array(
            np.nan if explanation.completeness is None else explanation.completeness
        ),
        "story": _texts(explanation.story),
        "notes": _texts(explanation.notes),
        "seconds_step": _texts(explanation.seconds),
        "seconds": np.array(list(explanation.seconds.values()), dtype=np.float64),
    }
    for name, view in explanation.views.items():
        arrays[f"view/{name}/unit"] = np.array(view.unit)
        arrays[f"view/{name}/residues"] = view.residues
        arrays[f"view/{name}/atoms"] = view.atoms
        if view.contacts is not None:
            arrays[f"view/{name}/contacts"] = view.contacts
    arrays |= _heads(explanation.heads)
    arrays |= _fragments(explanation)
    arrays |= _mutations(explanation)
    arrays |= _interactions(explanation.interactions)
    arrays |= _faithfulness(explanation.faithfulness)
    arrays |= _pocket(explanation)
    return arrays


def write_npz(stream: IO[bytes], explanation: Explanation) -> None:
    """Write an explanation as an npz that needs no pickle to be read."""
    np.savez_compressed(stream, allow_pickle=False, **explanation_arrays(explanation))


def _texts(values: Any) -> NDArray[np.str_]:
    return np.array(list(values), dtype=np.str_)


def _integers(values: Any) -> NDArray[np.int64]:
    return np.array(list(values), dtype=np.int64)


def _numbers(values: Any) -> NDArray[np.float64]:
    return np.array(list(values), dtype=np.float64)


def _heads(heads: HeadMaps) -> Arrays:
    arrays: Arrays = {}
    for direction in DIRECTIONS:
        own = [name for name in heads if name.direction == direction]
        if own:
            arrays[f"heads/{direction}/name"] = _texts(map(str, own))
            arrays[f"heads/{direction}/attention"] = np.stack([heads[n].attention for n in own])
            arrays[f"heads/{direction}/null"] = np.stack([heads[n].null for n in own])
    return arrays


def _fragments(explanation: Explanation) -> Arrays:
    fragments = explanation.fragments
    owner = np.full(len(ligand_positions(explanation)), -1, dtype=np.int64)
    for number, fragment in enumerate(fragments):
        owner[list(fragment.atoms)] = number
    return {
        "fragment_name": _texts(fragment.name for fragment in fragments),
        "fragment_of_atom": owner,
        "fragment_change": explanation.fragment_change,
    }


def _mutations(explanation: Explanation) -> Arrays:
    return {
        "mutation_residue": _integers(one.residue for one in explanation.mutations),
        "mutation_change": _numbers(one.change for one in explanation.mutations),
    }


def _interactions(interactions: tuple[Interaction, ...] | None) -> Arrays:
    known = interactions or ()
    return {
        "interaction_known": np.array(interactions is not None),
        "interaction_residue": _integers(one.residue for one in known),
        "interaction_label": _texts(one.label for one in known),
        "interaction_kind": _texts(one.kind for one in known),
        "interaction_distance": _numbers(one.distance for one in known),
        "interaction_atoms": _texts(",".join(map(str, one.atoms)) for one in known),
    }


def _faithfulness(faithfulness: Faithfulness | None) -> Arrays:
    if faithfulness is None:
        return {}
    arrays: Arrays = {
        "believed": np.array(faithfulness.believed),
        "verdict": np.array(faithfulness.verdict),
        "agreement_first": _texts(first for first, _ in faithfulness.agreement),
        "agreement_second": _texts(second for _, second in faithfulness.agreement),
        "agreement_rank": _numbers(faithfulness.agreement.values()),
    }
    groups: dict[str, tuple[Curve, ...]] = {
        name: (curve,) for name, curve in faithfulness.curves.items()
    }
    groups["random"] = faithfulness.random
    for name, curves in groups.items():
        if not curves:
            continue
        stacked: Arrays = {
            "share": np.stack([curve.share for curve in curves]),
            "deletion": np.stack([curve.deletion for curve in curves]),
            "insertion": np.stack([curve.insertion for curve in curves]),
            "areas": np.array([[one.deletion_area, one.insertion_area] for one in curves]),
        }
        for key, value in stacked.items():
            arrays[f"faithfulness/{name}/{key}"] = value if name == "random" else value[0]
    return arrays


def _pocket(explanation: Explanation) -> Arrays:
    atoms, residues = explanation.pocket.atoms, explanation.pocket.residues
    return {
        "pocket_position": atoms.position,
        "pocket_atom_name": atoms.name,
        "pocket_element": atoms.element,
        "pocket_residue": atoms.residue,
        "pocket_residue_label": _texts(residues.label(row) for row in range(len(residues))),
    }
