"""The page of an explanation: whole, safe, without a network, and true to its numbers."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import gemmi
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from molattn.errors import OutputError
from molattn.explain.colours import shades
from molattn.explain.explanation import TITLES, Explanation, View, ViewName
from molattn.explain.exports.pdb_file import b_factor_scale, bare_pocket_pdb
from molattn.explain.main_contacts import atom_names, main_contacts, pocket_rows
from molattn.explain.numbers_in_words import plain, signed
from molattn.explain.report import report_html, write_report
from molattn.explain.report.markup import clean, figure, safe
from molattn.explain.report.start_turn import start_turn
from molattn.explain.report.waterfall import LARGEST, steps, waterfall_section
from molattn.predict.ledger import Ledger
from molattn.structure import Pocket
from tests.explain import made_up
from tests.explain.page_reader import PageReader, number, panel, read_page, scene_of, section

EVIL = "</script><script>alert(\"1\")</script> <!-- & 'q' µ☃\u2028 \\u003c ]]>"


def _metal() -> Explanation:
    with TemporaryDirectory() as folder:
        return made_up.with_metal(Path(folder))


KINDS: dict[str, Callable[[], Explanation]] = {
    "whole": made_up.packaged,
    "fast": lambda: made_up.packaged("1ia1", fast=True),
    "metal": _metal,
    "peptide": made_up.with_peptide,
    "no chain": lambda: made_up.without_chain(made_up.packaged("1of6")),
    "evil names": lambda: made_up.named(made_up.packaged("1uou"), EVIL),
}


@cache
def explained(kind: str) -> Explanation:
    return KINDS[kind]()


@cache
def page_of(kind: str) -> str:
    return report_html(explained(kind))


@cache
def reader_of(kind: str) -> PageReader:
    return read_page(page_of(kind))


def atom_lines(pdb: str) -> list[str]:
    return [line for line in pdb.splitlines() if line.startswith(("ATOM", "HETATM"))]


every_kind = pytest.mark.parametrize("kind", KINDS)


# --- the page as a whole


@every_kind
def test_the_page_is_well_formed(kind: str) -> None:
    page, reader = page_of(kind), reader_of(kind)
    assert page.startswith("<!DOCTYPE html>")
    ids = [own["id"] for _, own in reader.tags if "id" in own]
    assert len(ids) == len(set(ids))
    anchors = [own["href"] for own in reader.all("a") if own["href"].startswith("#")]
    assert {anchor[1:] for anchor in anchors} <= set(ids)
    levels = [int(tag[1]) for tag, _ in reader.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for own in reader.all("svg"):
        assert own.get("aria-hidden") == "true" or (own["role"] == "img" and own["aria-label"])
    assert len(page.encode()) < 5e6


@every_kind
def test_nothing_is_asked_of_a_network_and_nothing_foreign_can_run(kind: str) -> None:
    reader = reader_of(kind)
    for tag, own in reader.tags:
        assert tag not in ("iframe", "object", "embed", "base", "form[action]", "img")
        assert not {"src", "style", "srcset", "action", "ping"} & set(own)
        assert not [name for name in own if name.startswith("on")]
        assert own.get("href", "#").startswith(("#", "data:"))
    (style,) = reader.content["style"]
    assert not re.search(r"url\(|@import|expression", style)
    policy = reader.all("meta", **{"http-equiv": "Content-Security-Policy"})[0]["content"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'" and "unsafe" not in policy and "http" not in policy
    data, *scripts = reader.content["script"]
    assert json.loads(data)["views"]

    def hashed(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    assert rules["script-src"].split() == [hashed(script) for script in scripts]
    assert len(scripts) == 2 and rules["style-src"] == hashed(style)
    assert "University of Pittsburgh" in scripts[0]  # the licence goes with the viewer


def test_names_that_look_like_html_stay_text() -> None:
    page, reader = page_of("evil names"), reader_of("evil names")
    assert page.count("<script") == 3
    assert reader.content["script"][1:] == reader_of("whole").content["script"][1:]
    assert "<!--" not in re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    seen = " ".join(clean(EVIL).split())
    assert reader.text.count(seen) >= 6
    data = scene_of(page)
    assert data["labels"][0] == EVIL and data["rules"][0]["text"].startswith(EVIL)


def test_what_no_file_can_hold_is_replaced() -> None:
    page = report_html(made_up.named(explained("whole"), "a\x00b\ud800c\x1b[31m"))
    assert "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c" in read_page(page).text
    page.encode()


@every_kind
def test_the_best_view_is_chosen_and_shown_alone(kind: str) -> None:
    explanation, reader = explained(kind), reader_of(kind)
    radios = reader.all("input", type="radio")
    assert [own["value"] for own in radios] == list(explanation.views)
    best = explanation.best.name
    assert [own["value"] for own in radios if "checked" in own] == [best]
    shown = [own for _, own in reader.tags if "data-view" in own]
    assert len(shown) % len(explanation.views) == 0
    assert all(("hidden" in own) == (own["data-view"] != best) for own in shown)


def test_the_answer_stands_at_the_top() -> None:
    explanation = explained("whole")
    text, score = reader_of("whole").text, explanation.score
    assert score.pK is not None and score.pK_low is not None and score.pK_high is not None
    assert f"pK {score.pK:.2f}" in text
    assert f"90 % interval {score.pK_low:.2f} – {score.pK_high:.2f}" in text
    assert f"Domain: {score.domain_reason}" in text
    assert f"Repaired: {score.repairs[0]}" in text
    assert "pose confidence 0.81" in text and "status ok" in text
    assert read_page(page_of("evil names")).all("p", **{"class": "warn"})


def test_a_story_of_its_own_is_told() -> None:
    page = report_html(replace(explained("fast"), story=("Once upon a time.",)))
    assert "<ul><li>Once upon a time.</li></ul>" in section(page, "story")


def test_folders_stay_out_of_the_title() -> None:
    score = replace(explained("fast").score, protein="/home/someone/p.pdb", pose=None)
    page = report_html(replace(explained("fast"), score=replace(score, ligand="/home/x/l.sdf")))
    assert "<h1>Why l.sdf in p.pdb has pK" in page and "/home" not in page
    assert read_page(page)  # without a pose there are no drawings, and the rest stands


def test_the_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(explained("fast"), path)
    assert path.read_text(encoding="utf-8") == page_of("fast")
    with pytest.raises(OutputError):
        write_report(explained("fast"), tmp_path / "missing" / "report.html")


def test_a_real_score_makes_a_page() -> None:
    from molattn.predict import Predictor
    from molattn.resources import example

    files = example("1s3v")
    score = Predictor.load().score(files.protein, files.ligand)
    page = report_html(made_up.packaged("1s3v", score=score))
    assert "= pK</text>" in page and f">{score.pK:.3f}</text>" in page


# --- in space


@every_kind
def test_the_scene_holds_pocket_and_ligand_as_they_are(kind: str) -> None:
    explanation, data = explained(kind), scene_of(page_of(kind))
    lines = atom_lines(data["pdb"])
    assert (
        len(lines) == gemmi.read_pdb_string(data["pdb"])[0].count_atom_sites() == len(data["row"])
    )
    places = np.array([[line[30:38], line[38:46], line[46:54]] for line in lines], dtype=float)
    assert np.allclose(places, explanation.pocket.atoms.position, atol=6e-4)
    rows = pocket_rows(explanation)
    for atom, row in enumerate(data["row"]):
        if row >= 0:
            assert rows[row] == explanation.pocket.atoms.residue[atom]
    assert set(data["row"]) - {-1} == set(range(len(explanation.labels)))
    mol = Chem.MolFromMolBlock(data["mol"], removeHs=False)
    pose = explanation.score.pose
    assert mol is not None and pose is not None
    assert np.allclose(mol.GetConformer().GetPositions(), pose.positions, atol=1e-4)
    assert len(data["metals"]) == (kind == "metal")
    assert 0.2 < data["zoom"] < 1.2 and np.isclose(np.linalg.norm(data["turn"]), 1.0, atol=1e-3)


@every_kind
def test_lines_of_the_scene_join_the_atoms_of_main_contacts(kind: str) -> None:
    explanation, data = explained(kind), scene_of(page_of(kind))
    for name, view in explanation.views.items():
        lines = data["views"][name]["lines"]
        assert 0 < len(lines) <= 10
        sizes = [abs(line["value"]) for line in lines]
        assert sizes == sorted(sizes, reverse=True)
        for line in lines:
            begin, end = np.array(line["ends"])
            distance = float(line["text"].removesuffix(" Å"))
            assert np.linalg.norm(begin - end) == pytest.approx(distance, abs=0.0501)
        assert np.allclose(data["views"][name]["residues"], view.residues, atol=1e-6)
        assert np.allclose(data["views"][name]["atoms"], view.atoms, atol=1e-6)


def test_main_contacts_are_the_largest_of_their_residues() -> None:
    explanation = explained("whole")
    view = explanation.views["ledger"]
    assert view.contacts is not None
    for one in main_contacts(explanation, view, 100):
        own = explanation.contact_residue == one.residue
        assert np.isclose(abs(one.value), np.abs(view.contacts[own]).max())
        assert one.distance >= explanation.closest[one.residue] - 1e-6
    without = main_contacts(explanation, explanation.views["occlusion"], 100)
    for one in without:
        assert np.isclose(one.distance, explanation.closest[one.residue], atol=1e-6)
        assert one.value == explanation.views["occlusion"].residues[one.residue]
    ranked = explanation.ranked(explanation.views["occlusion"]).tolist()
    order = [ranked.index(one.residue) for one in without]
    assert order == sorted(order)


def test_contacts_stand_beside_the_scene_for_those_who_cannot_see_it() -> None:
    explanation = explained("whole")
    names = atom_names(explanation)
    html = section(page_of("whole"), "scene")
    assert 'id="no-viewer"' in html
    for one in main_contacts(explanation, explanation.best):
        text = f"<b>{explanation.labels[one.residue]}</b> {one.partner} – {names[one.atom]}, "
        assert f"{text}{one.distance:.1f} Å: {signed(one.value)}" in html
    assert 'data-layer="rules"' in html
    assert 'data-layer="rules"' not in section(page_of("fast"), "scene")


def test_interactions_outside_the_graph_are_not_drawn() -> None:
    explanation, data = explained("whole"), scene_of(page_of("whole"))
    assert explanation.interactions is not None
    assert [one.residue for one in explanation.interactions][-1] == -1
    assert len(data["rules"]) == len(explanation.interactions) - 1
    assert all(re.fullmatch(r"\w+ \d\.\d Å", line["text"]) for line in data["rules"])


def test_the_ligand_is_seen_from_its_open_side() -> None:
    rng = np.random.default_rng(0)
    ligand = rng.normal(size=(20, 3)) * [4.0, 2.0, 0.2]
    spread = rng.uniform(-6.0, 6.0, size=(300, 2))
    for side in (-1.0, 1.0):
        wall = np.column_stack([spread, np.full(300, 4.0 * side)])
        x, y, *_ = start_turn(ligand, wall, np.ones(300)) or (0.0, 0.0)
        # where the third axis of the file points on the screen, + to the viewer
        assert np.sign(1.0 - 2.0 * (x * x + y * y)) == -side
    assert start_turn(ligand[:2], wall, np.ones(300)) is None


# --- the pocket as PDB


def _renamed(pocket: Pocket, **columns: object) -> Pocket:
    count = len(pocket.residues)
    changed = {name: np.array([value] * count) for name, value in columns.items()}
    return Pocket(pocket.atoms, replace(pocket.residues, **changed))


@pytest.mark.parametrize(
    ("columns", "chain", "sequence", "name"),
    [
        ({}, "A", None, None),
        ({"chain": ""}, " ", None, None),
        ({"chain": "Heavy"}, "A", None, None),
        ({"number": -12, "insertion": "B"}, "A", "-12B", None),
        ({"number": 123456}, "A", None, None),
        ({"name": "A1LIG"}, "A", None, "A1L"),
    ],
)
def test_every_pocket_fits_its_columns(
    columns: dict[str, object], chain: str, sequence: str | None, name: str | None
) -> None:
    pocket = _renamed(explained("whole").pocket, **columns)
    text = bare_pocket_pdb(pocket)
    lines = atom_lines(text)
    assert {len(line) for line in lines} == {78} and len(lines) == len(pocket.atoms)
    assert {line[21] for line in lines} == {chain}
    assert {float(line[60:66]) for line in lines} == {0.0}
    assert [line[12:16].strip() for line in lines] == pocket.atoms.name.tolist()
    structure = gemmi.read_pdb_string(text)
    atoms = list(structure[0].all())
    assert {one.atom.element.name for one in atoms} == set(pocket.atoms.element.tolist())
    assert sequence is None or {str(one.residue.seqid) for one in atoms} == {sequence}
    assert name is None or {one.residue.name for one in atoms} == {name}


# --- drawings


@every_kind
def test_each_atom_has_its_disc(kind: str) -> None:
    explanation = explained(kind)
    names = atom_names(explanation)
    html = section(page_of(kind), "ligand")
    for name, view in explanation.views.items():
        found = re.findall(
            r'<circle class="(\w+)"[^>]*fill-opacity="([\d.]+)"><title>(.*?)</title>',
            panel(html, name),
        )
        assert [text for _, _, text in found] == [
            f"{atom}: {figure(view, value)}"
            for atom, value in zip(names, view.atoms.tolist(), strict=True)
        ]
        opacity = np.array([float(one) for _, one, _ in found])
        order = np.argsort(np.abs(view.atoms))
        assert (np.diff(opacity[order]) > -0.011).all()
        hues = {hue for hue, _, _ in found}
        assert hues <= ({"share"} if view.unit == "share" else {"raise", "lower"})


@every_kind
def test_the_heat_map_shows_the_contacts_of_the_residues_that_matter(kind: str) -> None:
    explanation = explained(kind)
    html = section(page_of(kind), "heat")
    names = atom_names(explanation)
    for name, view in explanation.views.items():
        shown = panel(html, name)
        if view.contacts is None:
            assert 'class="bars"' in shown and "no number for a single contact" in shown
            continue
        contact = {
            f"{names[atom]} – {safe(explanation.labels[residue])}": value
            for atom, residue, value in zip(
                explanation.contact_atom, explanation.contact_residue, view.contacts, strict=True
            )
        }
        cells = re.findall(r"<title>(.* – .*): (.*?)</title></rect>", shown)
        assert cells
        for place, text in cells:
            scale = 100.0 if view.unit == "share" else 1.0
            assert number(text) == pytest.approx(scale * contact[place], abs=6e-3 * scale / 100)
        rows = re.findall(r'text-anchor="end">([^<]*)</text><text x="\d+" y="\d+" ', shown)
        ranked = [safe(explanation.labels[row]) for row in explanation.ranked(view).tolist()]
        touched = [
            label for label in ranked if label in {place.split(" – ")[1] for place in contact}
        ]
        assert rows == touched[: len(rows)] and len(rows) <= 25


@given(
    st.floats(-5, 12, allow_subnormal=False),
    st.lists(st.floats(-2, 2, allow_subnormal=False), max_size=8),
    st.lists(
        st.tuples(st.integers(0, 24), st.floats(-1, 1, width=32, allow_subnormal=False)),
        min_size=1,
        max_size=60,
    ),
)
def test_the_waterfall_adds_up_exactly(
    bias: float, tokens: list[float], contacts: list[tuple[int, float]]
) -> None:
    ledger = Ledger(
        bias,
        tuple((f"token {place}", share) for place, share in enumerate(tokens)),
        tuple(f"A:RES{row}" for row in range(25)),
        np.zeros(len(contacts), dtype=np.int32),
        np.array([row for row, _ in contacts], dtype=np.int32),
        np.array([share for _, share in contacts], dtype=np.float32),
    )
    found = steps(ledger)
    assert found[0].name == "bias"
    thousandths = [round(1000 * step.share) for step in found]
    assert sum(thousandths) == round(1000 * round(ledger.total(), 3))
    touched = len({row for row, _ in contacts})
    rest = [step for step in found if step.name.endswith("other residues")]
    assert len(rest) == (touched > LARGEST)
    html = waterfall_section(ledger)
    values = re.findall(r'class="value[^"]*"[^>]*>([^<]*)<', html)
    assert round(1000 * sum(map(number, values[:-1]))) == round(1000 * number(values[-1]))
    read_page(html)


def test_the_waterfall_ends_at_pk() -> None:
    explanation = explained("whole")
    assert explanation.score.pK is not None and explanation.score.ledger is not None
    html = section(page_of("whole"), "ledger")
    assert f">{explanation.score.pK:.3f}</text>" in html
    names = re.findall(r'class="name[^"]*"[^>]*>([^<]*)</text><rect', html)
    tokens = [name for name, _ in explanation.score.ledger.tokens]
    largest = list(explanation.score.ledger.by_residue())[:LARGEST]
    assert names[:-2] == ["bias", *tokens, *largest] and names[-1] == "= pK"


def test_curves_areas_and_verdict_are_shown() -> None:
    tested = explained("whole").faithfulness
    assert tested is not None
    html = section(page_of("whole"), "faithfulness")
    assert safe(tested.verdict) in html and html.count('class="band" points') == 2
    for name, curve in tested.curves.items():
        assert html.count(f'data-curve="{name}"') == 2
        row = (plain(curve.deletion_area), plain(curve.insertion_area), plain(curve.gap))
        cells = re.search(rf'<th scope="row"[^>]*>{TITLES[name]}</th>(.*?)</tr>', html)
        assert cells and tuple(re.findall(r">([^<]+)</td>", cells.group(1))) == row
    assert "It was not tested" in section(page_of("fast"), "faithfulness")


def test_attention_that_cannot_be_believed_is_called_so_at_the_top() -> None:
    explanation = explained("whole")
    assert explanation.faithfulness is not None
    verdict = "Attention does not agree <here>."
    tested = replace(explanation.faithfulness, believed=False, verdict=verdict, random=())
    page = report_html(replace(explanation, faithfulness=tested))
    assert "Do not read attention as the reason for this pK" in section(page, "answer")
    assert f'<p class="warn">{safe(verdict)}</p>' in section(page, "faithfulness")
    assert "random orders</li>" not in page


def test_no_unit_of_colour_is_lost() -> None:
    pK = View("ledger", "pK", np.zeros(3), np.zeros(3))
    share = View("attention", "share", np.zeros(3), np.zeros(3))
    values = np.array([-0.5, 0.0, 1.0])
    assert [one.hue for one in shades(pK, values)] == ["lower", "raise", "raise"]
    assert [one.hue for one in shades(share, np.abs(values))] == ["share"] * 3
    assert [one.strength for one in shades(pK, values)] == [0.5, 0.0, 1.0]
    opacity = [one.opacity for one in shades(pK, np.linspace(0, 1, 50))]
    assert opacity[0] == 0.0 and opacity[-1] == 1.0 and (np.diff(opacity) >= 0).all()
    assert [one.opacity for one in shades(pK, np.zeros(2))] == [0.0, 0.0]


def test_views_of_nothing_but_zeros_are_drawn() -> None:
    explanation = explained("fast")
    empty: dict[ViewName, View] = {
        name: replace(
            view,
            residues=np.zeros_like(view.residues),
            atoms=np.zeros_like(view.atoms),
            contacts=None if view.contacts is None else np.zeros_like(view.contacts),
        )
        for name, view in explanation.views.items()
    }
    read_page(report_html(replace(explanation, views=empty)))


# --- tables


@every_kind
def test_the_table_holds_every_residue_in_every_view(kind: str) -> None:
    explanation = explained(kind)
    html = section(page_of(kind), "residues")
    rows = re.findall(r"<tr><th scope=\"row\"[^>]*>(.*?)</th>(.*?)</tr>", html)
    order = explanation.ranked(explanation.best).tolist()
    assert [label for label, _ in rows] == [safe(explanation.labels[row]) for row in order]
    for (_, cells), row in zip(rows, order, strict=True):
        values = [float(one) for one in re.findall(r'data-value="([^"]*)"', cells)]
        views = [float(view.residues[row]) for view in explanation.views.values()]
        assert values[: 1 + len(views)] == pytest.approx(
            [explanation.closest[row], *views], rel=1e-4, abs=1e-6
        )
    heads = re.findall(r'aria-sort="(\w+)"><button type="button"', html)
    assert heads.count("descending") == 1 and len(heads) == html.count('scope="col"')


def test_interactions_and_mutations_stand_in_the_table() -> None:
    explanation = explained("whole")
    html = section(page_of("whole"), "residues")
    for one in explanation.interactions or ():
        if one.residue >= 0:
            assert re.search(rf">{one.label}</th>.*?{one.kind}</td></tr>", html)
    for mutation in explanation.mutations:
        assert re.search(rf">{mutation.label}</th>[^\n]*>{signed(mutation.change)}</td>", html)
    fast = section(page_of("fast"), "residues")
    assert "to alanine" not in fast and "interactions by rule" not in fast


@every_kind
def test_pieces_of_the_ligand_say_what_they_bring(kind: str) -> None:
    explanation = explained(kind)
    html = section(page_of(kind), "pieces")
    rows = re.findall(r'<tr><th scope="row"[^>]*>(#\d+)</th>(.*?)</tr>', html)
    assert len(rows) == len(explanation.fragments)
    sizes = []
    for place, (name, cells) in enumerate(rows):
        smiles, atoms, change = re.findall(r">([^<]*)</td>", cells)
        assert name == f"#{place + 1}"
        pieces = [
            row
            for row, piece in enumerate(explanation.fragments)
            if safe(piece.name) == smiles
            and len(piece.atoms) == int(atoms)
            and signed(float(explanation.fragment_change[row])) == change
        ]
        assert pieces
        sizes.append(abs(number(change)))
    assert sizes == sorted(sizes, reverse=True)


def test_mutations_are_listed_only_where_there_are_some() -> None:
    html = section(page_of("whole"), "mutations")
    for one in explained("whole").mutations:
        assert f"{one.label} → ALA" in html and signed(one.change) in html
    assert 'id="mutations"' not in page_of("fast")


# --- files inside the page


def files_in(page: str) -> dict[str, bytes]:
    links = [own for own in read_page(page).all("a") if "download" in own]
    return {
        own["download"]: base64.b64decode(own["href"].partition(";base64,")[2]) for own in links
    }


@every_kind
def test_files_inside_the_page_are_whole(kind: str) -> None:
    explanation, files = explained(kind), files_in(page_of(kind))
    ledger = explanation.score.ledger
    assert ledger is not None
    table = list(csv.DictReader(io.StringIO(files["contacts.csv"].decode())))
    assert len(table) == len(explanation.contact_atom)
    total = sum(float(row["ledger_pK"]) for row in table)
    assert total == pytest.approx(float(ledger.share.sum()), abs=1e-4)
    residues = list(csv.DictReader(io.StringIO(files["residues.csv"].decode())))
    assert [row["residue"] for row in residues] == list(explanation.labels)
    content = json.loads(files["explanation.json"])
    assert sum(line["share_pK"] for line in content["ledger"]) == pytest.approx(ledger.total())
    mol = next(iter(Chem.ForwardSDMolSupplier(io.BytesIO(files["ligand.sdf"]))))
    assert explanation.score.pose is not None
    assert mol.GetNumAtoms() == explanation.score.pose.mol.GetNumAtoms()
    for name, view in explanation.views.items():
        lines = atom_lines(files[f"pocket_{name}.pdb"].decode())[: len(explanation.pocket.atoms)]
        rows = {own: row for row, own in enumerate(pocket_rows(explanation).tolist())}
        for line, own in zip(lines, explanation.pocket.atoms.residue.tolist(), strict=True):
            value = float(view.residues[rows[own]]) * b_factor_scale(view) if own in rows else 0.0
            assert float(line[60:66]) == pytest.approx(value, abs=6e-3)


def test_more_files_can_be_carried() -> None:
    given_files = {"contacts.csv": b"mine", "heads.npz": bytes(range(256))}
    page = report_html(explained("fast"), given_files)
    files = files_in(page)
    assert {name: files[name] for name in given_files} == given_files
    assert files["residues.csv"] == files_in(page_of("fast"))["residues.csv"]
