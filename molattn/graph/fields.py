"""The registry of the fields of a ComplexGraph: the one place that says what a graph holds.

Batching, packing to disk and the generic tests read this list; adding a field is adding a line.

Positions stand in two fields only (``ligand.position`` and ``pocket_atom.position``). Everything
geometric — frames, directions, normals, distances, angles — is derived from them by
:mod:`molattn.graph.geometry` in torch, so invariance and gradients concern these two fields alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from molattn.graph.vocabulary import ROLES

Level = Literal[
    "graph", "ligand", "residue", "pocket_atom", "bond", "near", "shell", "contact", "pair"
]

CONTACT_CUTOFF: Final = 8.0
"""Å. Ligand atom and residue whose closest heavy atoms are nearer than this form a contact."""

POCKET_CUTOFF: Final = 10.0
"""Å. Residues with a heavy atom nearer to a ligand heavy atom than this are in the pocket."""

LIGAND_NEAR_CUTOFF: Final = 5.0
"""Å. Ligand atoms nearer than this are neighbours in the ligand graph."""

RESIDUE_NEAR_CUTOFF: Final = 8.0
"""Å. Residues whose reference points are nearer than this are neighbours in the pocket graph."""

EDGE_LEVELS: Final[dict[Level, tuple[str, str, str]]] = {
    "bond": ("ligand", "bond", "ligand"),
    "near": ("ligand", "near", "ligand"),
    "shell": ("residue", "near", "residue"),
    "contact": ("ligand", "contact", "residue"),
    "pair": ("ligand", "pair", "pocket_atom"),
}
"""Edge type of each edge level. Row 0 of ``edge_index`` is the first named node type."""

NODE_LEVELS: Final[tuple[Level, ...]] = ("ligand", "residue", "pocket_atom")

LIGAND_FEATURES: Final = (
    "heavy_degree_1",
    "heavy_degree_2",
    "heavy_degree_3",
    "heavy_degree_4",
    "in_ring",
    "ring_of_five",
    "ring_of_six",
    "conjugated",
    "beside_rotatable_bond",
    "fraction_of_ring_neighbours",
)
"""Columns of ``ligand.features`` after the roles; none depends on hydrogens or charges."""

RELIABILITY: Final = ("b_factor", "partial_occupancy", "missing_atoms", "alternative", "modified")
"""Columns of ``residue.reliability``: B factor as tanh of half the z-score within the pocket (0
where the file has none), 1 - occupancy, and three flags."""


@dataclass(frozen=True, slots=True)
class Field:
    """One tensor of a ComplexGraph.

    Attributes
    ----------
    key
        Attribute name in the node or edge store.
    level
        What a row is.
    dtype
        ``float`` follows the dtype asked of ``build_graph``; ``long`` is int64.
    width
        Shape after the row axis; ``edge_index`` alone is [2, rows].
    unit
        Unit of the numbers, "" for none.
    index_of
        For index fields: the level whose rows it points at (shifted in a batch).
    """

    key: str
    level: Level
    dtype: Literal["float", "long"]
    width: tuple[int, ...]
    unit: str
    meaning: str
    index_of: tuple[Level, ...] = ()


DESCRIPTOR_COUNT: Final = 40
"""Width of ``graph.descriptors``; names in :mod:`molattn.graph.descriptors`."""

FINGERPRINT_BITS: Final = 1024
"""Width of ``graph.fingerprint``; see :mod:`molattn.graph.fingerprint`."""

FIELDS: Final[tuple[Field, ...]] = (
    Field("descriptors", "graph", "float", (DESCRIPTOR_COUNT,), "", "ligand descriptors, unscaled"),
    Field(
        "fingerprint",
        "graph",
        "float",
        (FINGERPRINT_BITS,),
        "",
        "folded Morgan counts of the ligand",
    ),
    Field("element", "ligand", "long", (), "", "index in ELEMENTS"),
    Field("atom_type", "ligand", "long", (), "", "index in LIGAND_ATOM_TYPES"),
    Field("roles", "ligand", "float", (len(ROLES),), "", "0 or 1 per role"),
    Field("features", "ligand", "float", (len(LIGAND_FEATURES),), "", "see LIGAND_FEATURES"),
    Field("position", "ligand", "float", (3,), "Å", "heavy-atom position"),
    Field(
        "plane",
        "ligand",
        "long",
        (3,),
        "",
        "three atoms that span the atom's plane (sp2 or aromatic); its own index thrice if none",
        ("ligand",),
    ),
    Field("residue_type", "residue", "long", (), "", "index in RESIDUE_TYPES (of the parent)"),
    Field("kind", "residue", "long", (), "", "value of ResidueKind"),
    Field("reliability", "residue", "float", (len(RELIABILITY),), "", "see RELIABILITY"),
    Field(
        "frame",
        "residue",
        "long",
        (3,),
        "",
        "rows of N, CA, C; one row thrice (the nearest to the centroid) if it has no backbone",
        ("pocket_atom",),
    ),
    Field(
        "closest_ligand",
        "residue",
        "long",
        (),
        "",
        "ligand atom of the closest heavy-atom pair",
        ("ligand",),
    ),
    Field(
        "closest_atom",
        "residue",
        "long",
        (),
        "",
        "pocket atom of the closest heavy-atom pair",
        ("pocket_atom",),
    ),
    Field("element", "pocket_atom", "long", (), "", "index in ELEMENTS"),
    Field("atom_type", "pocket_atom", "long", (), "", "index in PROTEIN_ATOM_TYPES"),
    Field("roles", "pocket_atom", "float", (len(ROLES),), "", "0 or 1 per role"),
    Field("position", "pocket_atom", "float", (3,), "Å", "heavy-atom position"),
    Field("residue", "pocket_atom", "long", (), "", "residue it belongs to", ("residue",)),
    Field("is_sidechain", "pocket_atom", "float", (), "", "1 for atoms that count in the centroid"),
    Field(
        "anchor",
        "pocket_atom",
        "long",
        (2,),
        "",
        "covalent neighbours in its residue (the first two by name within 2.0 Å; itself if none)",
        ("pocket_atom",),
    ),
    Field(
        "plane",
        "pocket_atom",
        "long",
        (3,),
        "",
        "three atoms that span the plane of its ring, amide or acid; its own index thrice if none",
        ("pocket_atom",),
    ),
    Field("edge_index", "bond", "long", (), "", "both directions", ("ligand", "ligand")),
    Field("bond_type", "bond", "long", (), "", "index in BOND_TYPES"),
    Field(
        "edge_index",
        "near",
        "long",
        (),
        "",
        "both directions, bonded pairs included",
        ("ligand", "ligand"),
    ),
    Field("edge_index", "shell", "long", (), "", "both directions", ("residue", "residue")),
    Field("edge_index", "contact", "long", (), "", "ligand atom → residue", ("ligand", "residue")),
    Field(
        "edge_index", "pair", "long", (), "", "ligand atom → pocket atom", ("ligand", "pocket_atom")
    ),
    Field("contact", "pair", "long", (), "", "contact it belongs to", ("contact",)),
)


def fields_of(level: Level) -> tuple[Field, ...]:
    """Return the fields whose rows are of one level, in registry order."""
    return tuple(field for field in FIELDS if field.level == level)
