"""Vina's energies of the packaged complexes: plausible, kept, and a fault costs one ligand."""

from __future__ import annotations

import numpy as np
import pytest

from molattn.evaluate.feature_cache import Task
from molattn.evaluate.vina_baseline import vina_energies
from tests.evaluate.rows import EXAMPLES, PROTEIN

pytest.importorskip("vina")
pytest.importorskip("meeko")
LIGAND = EXAMPLES / "1s3v_ligand.sdf"


def test_a_crystal_pose_binds_and_the_file_is_used_again(tmp_path):
    broken = tmp_path / "broken.sdf"
    broken.write_text("")
    tasks = [Task(PROTEIN, LIGAND, 0), Task(PROTEIN, broken, 0), None]
    cache = tmp_path / "energies.csv"
    energies, reasons = vina_energies(tasks, cache)
    assert -15 < energies[0] < -6
    assert np.isnan(energies[1:]).all()
    assert "broken.sdf" in reasons[1]
    assert reasons[2] == "no files are named"
    written = cache.read_text()
    again, _ = vina_energies(tasks, cache)
    assert cache.read_text() == written
    assert again[0] == pytest.approx(energies[0], abs=1e-4)


def test_a_torn_last_line_is_computed_again(tmp_path):
    cache = tmp_path / "energies.csv"
    tasks = [Task(PROTEIN, LIGAND, 0)]
    first, _ = vina_energies(tasks, cache)
    cache.write_text(cache.read_text()[:-6])
    again, _ = vina_energies(tasks, cache)
    assert again[0] == pytest.approx(first[0], abs=1e-3)
