"""Measured values beside answers: what counts as one, and what is left out with its reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rdkit import Chem

from molattn.errors import UsageError
from molattn.predict.measurements import collect, fingerprint, measured_name
from molattn.structure import read_ligands
from tests.predict.scores import failed_score, good_score


def answered(identifier, measured, **carried):
    score = good_score(identifier, measured_pK=measured, **carried)
    return replace(score, features=np.ones(4, dtype=np.float32))


def test_values_are_taken_in_order():
    rows, left = collect([answered("a", "6.5"), answered("b", 7), answered("c", "=8.25")])
    assert rows.ids == ("a", "b", "c")
    assert rows.measured.tolist() == [6.5, 7.0, 8.25]
    assert rows.features.shape == (3, 4)
    assert rows.half_width == pytest.approx(1.125)
    assert left == ()


@pytest.mark.parametrize(
    ("score", "reason", "intended"),
    [
        (answered("x", ""), "no measurement", True),
        (answered("x", None), "no measurement", True),
        (answered("x", "nan"), "no measurement", True),
        (answered("x", ">9"), "a bound", True),
        (answered("x", "≤ 4.0"), "a bound", True),
        (answered("x", "4.0", relation="<"), "a bound", True),
        (answered("x", "strong"), "'strong' is no pK", False),
        (answered("x", "250.0"), "'250.0' is no pK", False),
        (answered("x", "-3"), "is no pK", False),
        (failed_score("x", measured_pK="6.0"), "not scored: The record ends", False),
    ],
)
def test_others_are_left_out_with_a_reason(score, reason, intended):
    rows, (left,) = collect([score])
    assert len(rows) == 0
    assert left.id == "x"
    assert reason in left.reason
    assert left.intended is intended


def test_the_fingerprint_does_not_see_hydrogens_charges_or_order(complexes):
    ligand = next(iter(read_ligands(complexes["1s3v"].ligand)))
    plain = fingerprint(ligand.mol)
    assert plain.sum() > 20
    order = np.random.default_rng(0).permutation(ligand.mol.GetNumAtoms()).tolist()
    assert (fingerprint(Chem.RenumberAtoms(ligand.mol, order)) == plain).all()
    acid, salt = (Chem.MolFromSmiles(text) for text in ("CCC(=O)O", "CCC(=O)[O-]"))
    assert (fingerprint(acid) == fingerprint(salt)).all()


def test_the_column_is_found_by_its_name_in_the_manifest():
    assert measured_name(["series", "measured_pK"], None) == "measured_pK"
    assert measured_name(["measured_pK"], "pK") == "measured_pK"
    assert measured_name(["assay"], "assay") == "assay"
    assert measured_name(["input_pK_low"], "pK_low") == "input_pK_low"
    with pytest.raises(UsageError, match="no column pK or measured_pK"):
        measured_name(["series"], None)
    with pytest.raises(UsageError, match="no column assay for --measured; it has series"):
        measured_name(["series"], "assay")
