"""The row of a screening table: the columns of every score table, and those of a screen."""

from __future__ import annotations

from typing import Final

from molattn.predict.score_record import SCORE_COLUMNS

SCREEN_COLUMNS: Final = (
    "copy",
    "smiles",
    "heavy_atoms",
    "pose_source",
    "poses",
    "plausible",
    "pose_faults",
    "vina_energy",
    "main_contacts",
)
"""Columns of a screen, after those of a score table.

``copy``
    1 for the first record of an id, 2 for the second, …
``smiles``
    Of what was scored: canonical, without salts, in the form that was chosen.
``heavy_atoms``
    Of it.
``pose_source``
    ``given``, ``relaxed``, ``placed`` or ``docked``.
``poses``
    How many were scored; the row is that of the best by pose confidence.
``plausible``
    Whether the pose passes every check of `molattn.pose.plausibility`.
``pose_faults``
    What it fails, in words; empty where plausible.
``vina_energy``
    AutoDock Vina's energy of a docked pose, kcal/mol.
``main_contacts``
    The residues with the largest shares of pK, ``A:LEU22 +0.31; A:PHE34 +0.28; …``.
"""

ROW_COLUMNS: Final = (*SCORE_COLUMNS, *SCREEN_COLUMNS)
"""Columns of every table of a screen, in this order; columns carried through follow."""

PLACE: Final = "place"
"""Hidden column of a shard: place in the library, int64."""

FIELDS: Final = "fields"
"""Hidden column of a shard: columns carried through, as a JSON object of strings."""

POSE: Final = "pose"
"""Hidden column of a shard: the scored pose as a V2000 mol block without hydrogens, or ""."""
