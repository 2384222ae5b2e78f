"""Affinities as text: units, relations, measures, and several values made one; worked by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from molattn.train.affinity import (
    Affinity,
    Refusal,
    affinity_of,
    affinity_of_pK,
    combine_affinities,
    known_measure,
    known_relation,
    molar_exponent,
    parse_affinity,
)


def pK_of(found: Affinity | Refusal) -> float:
    assert isinstance(found, Affinity), found
    return found.pK


@pytest.mark.parametrize(
    ("unit", "pK"),
    [
        ("M", 0.0),
        ("mM", 3.0),
        ("uM", 6.0),
        ("µM", 6.0),  # micro sign
        ("μM", 6.0),  # Greek mu
        ("nM", 9.0),
        ("NM", 9.0),
        ("(nM)", 9.0),
        ("pM", 12.0),
        ("fM", 15.0),
        ("mol/L", 0.0),
        ("nmol/l", 9.0),
        ("mol.L-1", 0.0),
        ("mol/dm3", 0.0),
        ("10^-6 M", 6.0),
        ("10'-6M", 6.0),
        ("10^-3 uM", 9.0),
    ],
)
def test_one_of_each_unit(unit: str, pK: float) -> None:
    assert pK_of(affinity_of("1", unit)) == pK


@pytest.mark.parametrize(
    ("unit", "reason"),
    [
        ("", "no unit given"),
        ("%", "unit is no molar concentration"),
        ("ug.mL-1", "unit is no molar concentration"),
        ("s-1", "unit is no molar concentration"),
        ("m", "unit not known"),
        ("molecules", "unit not known"),
    ],
)
def test_units_that_are_none(unit: str, reason: str) -> None:
    found = molar_exponent(unit)
    assert isinstance(found, Refusal) and found.reason == reason


@pytest.mark.parametrize(
    ("text", "pK", "relation", "measure"),
    [
        ("Kd=49uM", 6 - math.log10(49), "=", "Kd"),
        ("Ki<10nM", 8.0, "<", "Ki"),
        ("IC50~3.2e-7M // 1abc.pdf (LIG)", 7 - math.log10(3.2), "~", "IC50"),
        ("Ki=400mM      // 3zzf.pdf (NLG)", 3 - math.log10(400), "=", "Ki"),
        ("Kd<=1 pM", 12.0, "<", "Kd"),
        ("Kd >= 1.2mM", 3 - math.log10(1.2), ">", "Kd"),
        ("K_i << 2 pM", 12 - math.log10(2), "<", "Ki"),
        ("IC50=12±3nM", 9 - math.log10(12), "=", "IC50"),
        ("IC50=12 +/- 3 nM", 9 - math.log10(12), "=", "IC50"),
        ("EC50 = 1 nM", 9.0, "=", "EC50"),
        (">10 uM", 5.0, ">", ""),
        ("pIC50=7.2", 7.2, "=", "IC50"),
        ("pKd>9", 9.0, "<", "Kd"),  # pK above 9: affinity below 1 nM
    ],
)
def test_affinities_as_text(text: str, pK: float, relation: str, measure: str) -> None:
    found = parse_affinity(text)
    assert isinstance(found, Affinity), found
    assert found.pK == pytest.approx(pK, abs=1e-12)
    assert (found.relation, found.measure) == (relation, measure)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no affinity given"),
        ("// 1abc.pdf (LIG)", "no affinity given"),
        ("Kd=fast", "affinity is not readable"),
        ("Kd=30", "no unit given"),
        ("Ki=0nM", "affinity is zero or negative"),
        ("Ki=-5nM", "affinity is zero or negative"),
        ("Ka=1e6M-1", "measure is no affinity"),
        ("Inhibition=50%", "measure is no affinity"),
        ("Ki=5ug/mL", "unit is no molar concentration"),
        ("Kd=5e-20M", "pK outside 0 to 16"),
        ("Kd=12M", "pK outside 0 to 16"),
        ("Ki=1e400M", "pK outside 0 to 16"),
        ("IC50=1-5uM", "unit not known"),
    ],
)
def test_texts_that_are_no_affinity(text: str, reason: str) -> None:
    found = parse_affinity(text)
    assert isinstance(found, Refusal), found
    assert found.reason == reason


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("", "="), ("=", "="), ("'='", "="), ("<", "<"), ("<=", "<"), ("<<", "<"), ("≤", "<"),
        (">", ">"), (">=", ">"), (">>", ">"), ("'>'", ">"), ("~", "~"), ("≈", "~"),
    ],
)  # fmt: skip
def test_relations(text: str, relation: str) -> None:
    assert known_relation(text) == relation


def test_a_relation_that_is_none() -> None:
    assert known_relation("about") == Refusal("relation not known", "about")
    found = affinity_of("5", "nM", "about")
    assert isinstance(found, Refusal) and found.reason == "relation not known"


@pytest.mark.parametrize(
    ("text", "measure"),
    [
        ("Ki", "Ki"), ("KI", "Ki"), ("K_d", "Kd"), ("pIC50", "IC50"), ("-Log Ki", "Ki"),
        ("-logKd/Ki", ""), ("", ""), ("Ki;Kd", "Ki;Kd"), ("Kd app", "Kd"),
    ],
)  # fmt: skip
def test_measures(text: str, measure: str) -> None:
    assert known_measure(text) == measure


@pytest.mark.parametrize("text", ["Ka", "Inhibition", "Log Ki", "Potency", "kon", "Ki;Ka"])
def test_measures_that_are_no_affinity(text: str) -> None:
    found = known_measure(text)
    assert isinstance(found, Refusal) and found.reason == "measure is no affinity"


def test_the_sign_may_stand_in_the_value() -> None:
    assert affinity_of(">10000", "nM") == Affinity(5.0, ">")
    assert affinity_of(" >10000", "nM", ">") == Affinity(5.0, ">")
    assert affinity_of(10000.0, "nM", "<") == Affinity(5.0, "<")
    contradiction = affinity_of(">10000", "nM", "<")
    assert isinstance(contradiction, Refusal)
    assert contradiction.reason == "relation contradicts the value"


def test_a_comma_is_not_guessed_at() -> None:
    found = affinity_of("1,5", "nM")
    assert isinstance(found, Refusal) and found.reason == "number with a comma is ambiguous"


def test_relation_of_a_pK_column_is_of_the_affinity_and_a_sign_is_of_the_pK() -> None:
    assert affinity_of_pK("9", "<", "Kd") == Affinity(9.0, "<", "Kd")
    assert affinity_of_pK(">9") == Affinity(9.0, "<")
    # of a table's pKi, relation and value are both of the pKi
    assert affinity_of("7.2", "", ">", "pKi") == Affinity(7.2, "<", "Ki")
    assert affinity_of_pK("") == Refusal("no affinity given")
    assert affinity_of_pK("nan") == Refusal("no affinity given")
    outside = affinity_of_pK("16.5")
    assert isinstance(outside, Refusal) and outside.reason == "pK outside 0 to 16"


@given(st.floats(min_value=0.001, max_value=15.999))
def test_pK_and_concentration_are_inverse(pK: float) -> None:
    assert pK_of(affinity_of(10 ** (9 - pK), "nM")) == pytest.approx(pK, abs=1e-9)


@given(st.text(max_size=30))
def test_any_text_has_an_answer(text: str) -> None:
    found = parse_affinity(text)
    assert isinstance(found, Refusal) or 0 <= found.pK <= 16


def test_one_value_stays() -> None:
    one = combine_affinities([Affinity(7.0, "=", "Ki")])
    assert (one.affinity, one.n_values, one.n_other, one.spread) == (
        Affinity(7.0, "=", "Ki"), 1, 0, 0.0
    )  # fmt: skip


def test_values_give_their_median() -> None:
    found = combine_affinities([Affinity(pK, "=", "Ki") for pK in (6.0, 9.0, 6.5)])
    assert found.affinity == Affinity(6.5, "=", "Ki")
    assert (found.n_values, found.spread) == (3, 3.0)
    assert combine_affinities([Affinity(6.0), Affinity(7.0)]).affinity == Affinity(6.5)


def test_exact_before_rough_before_bounds_and_by_measure() -> None:
    bound, rough = Affinity(5.0, ">", "Kd"), Affinity(8.0, "~", "Kd")
    fifty, ki = Affinity(6.0, "=", "IC50"), Affinity(7.0, "=", "Ki")
    assert combine_affinities([bound, rough]).affinity == rough
    assert combine_affinities([bound, rough, fifty]).affinity == fifty
    found = combine_affinities([fifty, bound, ki, rough])
    assert (found.affinity, found.n_values, found.n_other) == (ki, 1, 3)
    assert combine_affinities([fifty, ki], ("IC50", "Ki")).affinity == fifty


def test_the_tightest_bound_stays() -> None:
    below = combine_affinities([Affinity(8.0, "<"), Affinity(9.0, "<")])
    assert below.affinity == Affinity(9.0, "<") and below.spread == 0.0
    above = combine_affinities([Affinity(4.0, ">"), Affinity(5.0, ">")])
    assert above.affinity == Affinity(4.0, ">")
    assert combine_affinities([Affinity(4.0, ">"), Affinity(5.0, "<")]).affinity is None


def test_nothing_to_combine() -> None:
    with pytest.raises(ValueError, match="no affinity"):
        combine_affinities([])
