"""pK as free energy and concentration, against values known from elsewhere."""

from __future__ import annotations

import pytest

from molattn.predict.present import readable_affinity
from molattn.predict.units import affinity_nM, kcal_per_mol


def test_one_unit_of_pk_is_1_364_kcal_per_mol() -> None:
    # RT ln 10 at 298.15 K: 5.708 kJ/mol in every textbook
    assert kcal_per_mol(1.0) * 4.184 == pytest.approx(-5.708, abs=5e-4)


@pytest.mark.parametrize(("pk", "nanomolar"), [(9.0, 1.0), (6.0, 1000.0), (12.0, 0.001)])
def test_affinity_in_nanomolar(pk: float, nanomolar: float) -> None:
    assert affinity_nM(pk) == pytest.approx(nanomolar)


@pytest.mark.parametrize(
    ("nanomolar", "text"),
    [
        (0.02, "20 pM"),
        (12.34, "12.3 nM"),
        (4500.0, "4.5 µM"),
        (2.5e6, "2.5 mM"),
        (3e9, "3 M"),
        (1e-6, "0.001 pM"),
    ],
)
def test_a_chemist_would_choose_this_unit(nanomolar: float, text: str) -> None:
    assert readable_affinity(nanomolar) == text
