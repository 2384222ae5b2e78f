"""Protomers, tautomers and stereoisomers: which, in what order, how many."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from molattn.errors import MissingExtra, UsageError
from molattn.screen.forms import Form, FormSettings, enumerate_forms


def forms_of(text: str, settings: FormSettings) -> list[Form]:
    return enumerate_forms(Chem.MolFromSmiles(text), settings)


def listed(forms: list[Form]) -> list[str]:
    return [str(Chem.MolToSmiles(form.mol)) for form in forms]


def test_nothing_is_enumerated_by_default() -> None:
    mol = Chem.MolFromSmiles("CC(N)C(=O)CC(=O)O")
    (form,) = enumerate_forms(mol, FormSettings())
    assert form.mol is mol
    assert (form.label, form.notes) == ("", ())


def test_stereoisomers_of_open_centres_and_double_bonds_alone() -> None:
    settings = FormSettings(stereo=True)
    assert listed(forms_of("C[C@H](F)C(Cl)Br", settings)) == [
        "C[C@H](F)[C@@H](Cl)Br",
        "C[C@H](F)[C@H](Cl)Br",
    ]
    assert listed(forms_of("CC=CC", settings)) == ["C/C=C/C", "C/C=C\\C"]
    assert listed(forms_of("C/C=C/C", settings)) == ["C/C=C/C"]
    assert len(forms_of("CC(F)C(C)F", settings)) == 3  # one is meso
    group = listed(forms_of("C[C@H](F)C(=O)N |o1:1|", settings))
    assert group == ["C[C@@H](F)C(N)=O", "C[C@H](F)C(N)=O"]


def test_tautomers_begin_with_the_form_that_was_given() -> None:
    settings = FormSettings(tautomers=True)
    for text in ("Oc1ccccn1", "O=c1cccc[nH]1"):
        forms = forms_of(text, settings)
        assert listed(forms)[0] == Chem.CanonSmiles(text)
        assert sorted(listed(forms)) == ["O=c1cccc[nH]1", "Oc1ccccn1"]
        assert [form.label for form in forms] == ["tautomer 1 of 2", "tautomer 2 of 2"]
    enol = listed(forms_of("CC(O)=CC(C)=O", settings))
    assert enol[1] == "CC(=O)CC(C)=O"  # RDKit's canonical tautomer


def test_a_centre_that_a_tautomer_does_not_touch_keeps_its_stereo() -> None:
    for text in listed(forms_of("C[C@H](F)CNC(C)=O", FormSettings(tautomers=True))):
        assert "[C@" in text


def test_protomers_at_a_ph() -> None:
    pytest.importorskip("dimorphite_dl")
    acid = FormSettings(protomers=True, lowest_pH=7.4, highest_pH=7.4)
    assert listed(forms_of("CC(=O)O", acid)) == ["CC(=O)[O-]"]  # pKa 4.8
    assert listed(forms_of("CCCN", acid)) == ["CCC[NH3+]"]  # pKa 10.6
    low = FormSettings(protomers=True, lowest_pH=1, highest_pH=1)
    assert listed(forms_of("CC(=O)[O-]", low)) == ["CC(=O)O"]
    wide = forms_of("CC(=O)O", FormSettings(protomers=True, lowest_pH=2, highest_pH=8))
    assert listed(wide) == ["CC(=O)O", "CC(=O)[O-]"]
    assert [form.label for form in wide] == ["protomer 1 of 2", "protomer 2 of 2"]


def test_the_given_protomer_comes_first_if_it_exists() -> None:
    pytest.importorskip("dimorphite_dl")
    wide = FormSettings(protomers=True, lowest_pH=2, highest_pH=8)
    for text in ("CC(=O)O", "CC(=O)[O-]"):
        mol = Chem.MolFromSmiles(text)
        assert enumerate_forms(mol, wide)[0].mol is mol


def test_a_smiles_that_is_the_name_of_a_file_is_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("dimorphite_dl")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "CCCN").write_text("c1ccccc1\n")
    assert listed(forms_of("CCCN", FormSettings(protomers=True))) == ["CCC[NH3+]"]


def test_kinds_combine_and_labels_say_how() -> None:
    pytest.importorskip("dimorphite_dl")
    settings = FormSettings(protomers=True, stereo=True, lowest_pH=7.4, highest_pH=7.4)
    forms = forms_of("CC(F)C(=O)O", settings)
    assert listed(forms) == ["C[C@@H](F)C(=O)[O-]", "C[C@H](F)C(=O)[O-]"]
    assert [form.label for form in forms] == ["stereoisomer 1 of 2", "stereoisomer 2 of 2"]
    settings = FormSettings(protomers=True, stereo=True, lowest_pH=2, highest_pH=8)
    labels = [form.label for form in forms_of("CC(F)CCC(=O)O", settings)]
    assert labels == [
        "protomer 1 of 2, stereoisomer 1 of 2",
        "protomer 2 of 2, stereoisomer 1 of 2",
        "protomer 1 of 2, stereoisomer 2 of 2",
        "protomer 2 of 2, stereoisomer 2 of 2",
    ]


def test_the_limit_cuts_with_a_warning() -> None:
    text = "CC(F)C(Cl)C(Br)C(F)C(Cl)C(Br)C(F)CC=CC"
    forms = forms_of(text, FormSettings(stereo=True, limit=5))
    assert len(set(listed(forms))) == 5
    assert forms[0].label == "stereoisomer 1 of 64 or more"
    for form in forms:
        (note,) = form.notes
        assert (note.kind, note.code) == ("warning", "forms-cut")
        assert note.text == "There are more stereoisomers than the limit; 5 forms were kept."
    exact = forms_of("CC(F)C(Cl)Br", FormSettings(stereo=True, limit=4))
    assert len(exact) == 4
    assert exact[0].notes == ()


def test_an_enumerator_that_fails_costs_nothing_but_its_forms() -> None:
    mol = Chem.MolFromSmiles("c1cccc1CC(F)CC", sanitize=False)  # it cannot be made Kekulé
    (form,) = enumerate_forms(mol, FormSettings(tautomers=True))
    assert form.mol is mol
    (note,) = form.notes
    assert (note.kind, note.code) == ("warning", "forms-failed")
    assert "tautomers could not be enumerated" in note.text
    assert "\n" not in note.text


@settings(max_examples=20)
@given(
    st.sampled_from(
        ["CC(N)C(=O)CC(=O)O", "Oc1ccnc(N)n1", "OC(=O)CC(N)C(=O)Nc1nc[nH]c1", "CC(F)C=CC(F)C", "CC"]
    ),
    st.integers(1, 9),
)
def test_forms_are_few_unlike_and_of_one_skeleton(text: str, limit: int) -> None:
    mol = Chem.MolFromSmiles(text)
    wanted = FormSettings(tautomers=True, stereo=True, limit=limit)
    forms = enumerate_forms(mol, wanted)
    names = listed(forms)
    assert 1 <= len(forms) <= limit
    assert len(set(names)) == len(names)
    assert {form.mol.GetNumAtoms() for form in forms} == {mol.GetNumAtoms()}
    assert names == listed(enumerate_forms(mol, wanted))
    assert names == listed(enumerate_forms(Chem.Mol(mol), wanted))


def test_the_order_does_not_depend_on_the_process() -> None:
    pytest.importorskip("dimorphite_dl")
    text = "CC(F)C(N)CC(=O)Nc1nc[nH]c1"
    code = (
        "from rdkit import Chem\n"
        "from molattn.screen.forms import FormSettings, enumerate_forms\n"
        f"mol = Chem.MolFromSmiles({text!r})\n"
        "for form in enumerate_forms(mol, FormSettings(True, True, True)):\n"
        "    print(Chem.MolToSmiles(form.mol))\n"
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "2"},
        check=True,
        capture_output=True,
        text=True,
    )
    here = listed(forms_of(text, FormSettings(True, True, True)))
    assert len(here) == 8
    assert elsewhere.stdout.split() == here


def test_protomers_without_their_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dimorphite_dl", None)
    with pytest.raises(MissingExtra, match=r"pip install 'molattn\[forms\]'"):
        forms_of("CCCN", FormSettings(protomers=True))


def test_settings_that_make_no_sense() -> None:
    with pytest.raises(UsageError, match="pH from 9 to 7"):
        FormSettings(lowest_pH=9, highest_pH=7)
    with pytest.raises(UsageError, match="limit of forms is 0"):
        FormSettings(limit=0)


def test_nothing_is_said_on_the_console(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("dimorphite_dl")
    for text in ("CC(N)C(=O)O", "CCCC", "*CC", "c1ccccc1[Fe]"):
        forms_of(text, FormSettings(True, True, True))
    assert capfd.readouterr() == ("", "")
