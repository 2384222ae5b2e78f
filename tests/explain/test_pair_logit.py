"""A logit is the sum of its terms, and the attention follows from it; differences add up."""

from __future__ import annotations

import math

import pytest

from molattn.errors import UsageError
from molattn.explain.comparison import difference
from molattn.explain.explainer import FAST, explain
from molattn.explain.pair_logit import pair_logits, parse_pair
from molattn.predict.request import Request
from molattn.resources import example
from tests.explain.complexes import explained, predictor, prepared


def test_the_terms_add_up_and_give_the_attention() -> None:
    one, found = prepared("1s3v"), explained("1s3v")
    atom, residue = 6, found.labels.index("A:PHE34")
    logits = pair_logits(predictor().ensemble, one.graph, one.ligand.mol, "C7", "A:PHE34")
    assert len(logits) == len(found.heads)
    for logit in logits:
        assert sum(logit.terms.values()) == pytest.approx(logit.logit, abs=1e-5)
        assert logit.attention == pytest.approx(
            float(found.heads[logit.head].attention[atom, residue]), abs=1e-6
        )
        row = atom if logit.head.direction == "atom_to_residue" else residue
        null = float(found.heads[logit.head].null[row])
        # the softmax: the ratio of a pair to the null is that of their exponentials
        expected = math.exp(logit.logit + logit.log_envelope - logit.null_logit)
        assert logit.attention / null == pytest.approx(expected, rel=1e-3)


def test_pairs_are_named_as_the_tables_name_them() -> None:
    one, ensemble = prepared("1s3v"), predictor().ensemble
    assert parse_pair("C7:A:PHE34") == ("C7", "A:PHE34")
    assert parse_pair(" 6 : PHE34 ") == ("6", "PHE34")
    first = pair_logits(ensemble, one.graph, one.ligand.mol, "6", "PHE34")
    assert first == pair_logits(ensemble, one.graph, one.ligand.mol, "C7", "A:PHE34")


@pytest.mark.parametrize(
    ("atom", "residue", "sentence"),
    [
        ("C99", "A:PHE34", "none that is called C99"),
        ("N7", "A:PHE34", "is C7, not N7"),
        ("C7", "A:PHE999", "no residue A:PHE999"),
        ("C7", "A:THR56", "too far apart|no residue"),
    ],
)
def test_what_names_no_pair_is_told(atom: str, residue: str, sentence: str) -> None:
    one = prepared("1s3v")
    with pytest.raises(UsageError, match=sentence):
        pair_logits(predictor().ensemble, one.graph, one.ligand.mol, atom, residue)


@pytest.mark.parametrize("text", ["", "7", "C7:", ":A:PHE34", "C7 A:PHE34"])
def test_what_is_no_pair_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="names no pair"):
        parse_pair(text)


def test_a_difference_is_a_sum() -> None:
    moved = explain(
        Request(example("1s3v").protein, _shifted()), predictor=predictor(), settings=FAST
    )
    found = difference(explained("1s3v"), moved)
    contacts = sum(one.changes["ledger"] for one in found.residues)
    assert found.pK == pytest.approx(sum(found.tokens.values()) + contacts, abs=2e-4)
    assert abs(found.pK) > 0.05
    assert {"ledger", "occlusion"} <= set(found.residues[0].changes)
    with pytest.raises(UsageError, match="share no residue"):
        difference(explained("1s3v"), explained("1of6"))


def _shifted() -> object:
    """Return the ligand moved by 1.5 Å."""
    from rdkit import Chem
    from rdkit.Chem import rdMolTransforms

    mol = Chem.MolFromMolFile(str(example("1s3v").ligand))
    matrix = rdMolTransforms.ComputeCanonicalTransform(mol.GetConformer())
    matrix[:] = 0.0
    for axis in range(4):
        matrix[axis, axis] = 1.0
    matrix[0, 3] = 1.5
    rdMolTransforms.TransformConformer(mol.GetConformer(), matrix)
    return mol
