"""The summary page: whole, safe, without a network, and true to the rows it is made of."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem
from rdkit.ML.Scoring import Scoring

from molattn.screen.diversity import diversity
from molattn.screen.drawings import histogram_svg, molecule_svg
from molattn.screen.marked import MarkedRecords, read_mark
from molattn.screen.outcome import Outcome, OutcomeSettings
from molattn.screen.row import FIELDS, POSE
from molattn.screen.running_figures import Correlation, Histogram, ReasonCounts
from molattn.screen.summary import Enrich
from tests.screen.outcome_rows import SMILES, Row, failed_row, good_row, mixed_rows, outcome_of

VOID = {"meta", "br", "img", "link", "hr", "input"}


class Reader(HTMLParser):
    """Reads a page strictly: every tag is closed in order; keeps tags, attributes and text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "title"):
            self.text = " ".join([*self.text.split(), *data.split()])


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def summary(
    folder: Path,
    rows: list[Row],
    settings: OutcomeSettings | None = None,
    enrichment: Enrich | None = None,
) -> tuple[Outcome, str]:
    done, out = outcome_of(folder, rows, settings, enrichment=enrichment)
    return done, (out / "summary.html").read_text()


# --- the page as a whole


def test_the_page_is_well_formed_and_needs_nothing_beside_it(tmp_path: Path) -> None:
    _, page = summary(tmp_path, mixed_rows(), OutcomeSettings(top=30, actives="active"))
    reader = read(page)
    assert page.startswith("<!DOCTYPE html>")
    assert not re.search(r"https?:|url\(|@import|<script|javascript:", page)
    for tag, attributes in reader.tags:
        assert tag not in ("script", "link", "img", "iframe", "object")
        assert not {"src", "onload", "onclick"} & set(attributes)
        assert attributes.get("href", "#").startswith("#")
    anchors = [one["href"][1:] for tag, one in reader.tags if tag == "a"]
    ids = [one["id"] for _, one in reader.tags if "id" in one]
    assert anchors == ids == list(dict.fromkeys(ids))
    drawings = [one for tag, one in reader.tags if tag == "svg"]
    assert all(one["role"] == "img" and one["aria-label"] for one in drawings)
    assert len(drawings) == 1 + 24 + 7  # the histogram, the hits, the clusters


def test_names_that_look_like_html_stay_text(tmp_path: Path) -> None:
    evil = "<script>alert(\"1\")</script> & 'q'"
    rows = [
        good_row(0, id=evil, main_contacts=f"{evil} +0.3", pose_faults=evil),
        good_row(1, domain_reason=evil, domain=evil, status="warning", reason=evil),
        failed_row(2, evil, id=evil),
        good_row(3, smiles="C<C>&"),
    ]
    rows[3][FIELDS] = '{"<q>&": "<i>"}'
    _, page = summary(tmp_path, rows, OutcomeSettings(actives="<q>&"))
    reader = read(page)
    assert "<script" not in page and "<q>&" not in page
    assert reader.text.count(evil) == 8
    assert "'<i>'" in reader.text


def test_records_are_counted(tmp_path: Path) -> None:
    rows = mixed_rows()
    rows[0] |= {"status": "warning", "domain": "out"}
    rows[1] |= {"repairs": "Left out beside the molecule: 2 × Na. A charge was set."}
    _, page = summary(tmp_path, rows)
    text = read(page).text
    assert "40 records 35 with a score 1 of them with a warning 5 failed 5 hits" in text
    for name, count in {"somewhat like it (near)": 34, "unlike it (out)": 1}.items():
        assert f"{name} {count}" in text
    assert "salts or solvents stripped 1 2.9 %" in text
    assert "pose placed 35 100.0 %" in text
    plausible = sum(place % 2 == 0 for place in range(40))
    assert f"plausible pose {plausible} {100 * plausible / 35:.1f} %" in text


def test_reasons_that_differ_in_numbers_are_one(tmp_path: Path) -> None:
    _, page = summary(tmp_path, [*mixed_rows(20), failed_row(20, "It took longer than 60 s.")])
    text = read(page).text
    assert "Atom 3 has 5 bonds. 3 bad-3" in text
    assert "It took longer than 60 s. 1 bad-20" in text


def test_cards_tell_what_is_known_of_a_hit(tmp_path: Path) -> None:
    rows = [good_row(0, pK=8.0), good_row(1, id="mol-0", pose_source="given")]
    _, page = summary(tmp_path, rows)
    text = read(page).text
    assert "1 mol-0 pK 8.00 [2.00, 6.25] domain near pose confidence 0.00" in text
    assert "A:LEU22 +0.31 · A:PHE34 +0.28" in text
    assert "2 mol-0 copy 2" in text
    assert "Pose: clash with A:PHE34" in text
    assert 'title="Few such pockets."' in page


def test_a_hit_without_a_readable_structure_has_a_card(tmp_path: Path) -> None:
    rows = [good_row(0, smiles=None, **{POSE: ""}), good_row(1, smiles="C1CC", pK_low=None)]
    rows.append(good_row(2, smiles="C" * 200))
    _, page = summary(tmp_path, rows)
    text = read(page).text
    assert "no drawing" in text and "200 heavy atoms, not drawn" in text
    assert "Structure of mol-1: C1CC" in page  # drawn from its pose


def test_without_a_score_the_page_says_so(tmp_path: Path) -> None:
    done, page = summary(tmp_path, [failed_row(0, "No.")], OutcomeSettings(actives="active"))
    text = read(page).text
    assert "There are no hits" in text and "No record has a score." in text
    assert "marks no record as active" in text
    assert done.notes == ("The column active marks no record as active: no enrichment to tell.",)


# --- enrichment


def test_enrichment_is_that_of_all_marked_records(tmp_path: Path) -> None:
    rows = mixed_rows()
    rows[1][FIELDS] = '{"active": "maybe"}'
    rows[2][FIELDS] = '{"active": ""}'
    seen: list[tuple[np.ndarray, np.ndarray]] = []

    def figures(scores: np.ndarray, active: np.ndarray) -> dict[str, float]:
        seen.append((scores, active))
        pairs = sorted(zip(-scores, active, strict=True))
        auc = Scoring.CalcAUC([[bool(mark)] for _, mark in pairs], 0)
        return {"ef_1": 2.0, "bedroc_20": float("nan"), "roc_auc": auc, "mine": 0.125}

    settings = OutcomeSettings(actives="active", plausible_first=False)
    done, page = summary(tmp_path, rows, settings, figures)
    ((scores, active),) = seen
    assert len(scores) == 38 and int(active.sum()) == sum(pk > 7 for pk in scores)
    failed = [
        one for one, row in enumerate(r for r in rows if r not in rows[1:3]) if "pK" not in row
    ]
    assert (scores[failed] == scores.min()).all() and len(set(scores[failed])) == 1
    text = read(page).text
    assert "Enrichment factor, best 1 % 2.00 1.00" in text
    assert "BEDROC, α = 20 – –" in text and "mine 0.12 –" in text
    assert "ROC AUC 1.00 0.50" in text
    assert "Ranked by pK." in text

    assert "5 of both have no score" in text and "Decoys are presumed inactive" in text
    assert done.notes == (
        "Cells of the column active that say neither active nor inactive: 1 ('maybe'); these "
        "records are left out here.",
    )


def test_enrichment_is_that_of_the_order_of_hits(tmp_path: Path) -> None:
    rows = mixed_rows()
    for row in rows:
        row["plausible"] = row.get("pK", 0.0) < 7.0
    seen: list[np.ndarray] = []

    def figures(scores: np.ndarray, active: np.ndarray) -> dict[str, float]:
        seen.append(scores)
        return {}

    _, page = summary(tmp_path, rows, OutcomeSettings(actives="active"), figures)
    pK = np.array([row["pK"] for row in rows if "pK" in row])
    scores = seen[0][["pK" in row for row in rows]]
    expected = np.lexsort((-pK, pK >= 7.0))
    assert np.argsort(-scores, kind="stable").tolist() == expected.tolist()
    assert "Ranked by pK, implausible poses behind all others." in read(page).text


def test_a_column_that_no_record_has_is_a_note(tmp_path: Path) -> None:
    done, page = summary(tmp_path, mixed_rows(9), OutcomeSettings(actives="lable"))
    (note,) = done.notes
    assert note == (
        "No record has the column lable to mark actives; columns found: active, batch, note."
    )
    assert note in read(page).text


@pytest.mark.parametrize(
    ("cells", "meaning"),
    [
        (("1", " TRUE ", "yes", "Active", "1.0"), True),
        (("0", "false", "No", "inactive", "DECOY"), False),
        (("", "2", "maybe"), None),
    ],
)
def test_marks_are_read(cells: tuple[str, ...], meaning: bool | None) -> None:
    assert {read_mark(cell) for cell in cells} == {meaning}


def test_no_score_at_all_is_a_tie() -> None:
    marked = MarkedRecords()
    marked.add(["1", "0"], [float("nan")] * 2)
    assert marked.scores.tolist() == [0.0, 0.0] and marked.missing == 2


# --- size, diversity, figures


def test_a_score_that_follows_size_is_warned_of(tmp_path: Path) -> None:
    rows = [good_row(place) for place in range(24)]
    for row in rows:
        row["pK"] = 3.0 + 0.1 * float(row["heavy_atoms"])  # type: ignore[arg-type]
    _, page = summary(tmp_path, rows)
    assert "pK follows the number of heavy atoms (Pearson 1.00 over 24 records)" in page
    (tmp_path / "other").mkdir()
    rows = [good_row(place, heavy_atoms=20 + place % 2) for place in range(24)]
    _, page = summary(tmp_path / "other", rows)
    assert "pK follows the number" not in page


def test_correlation_is_that_of_numpy_however_it_is_cut() -> None:
    generator = np.random.default_rng(3)
    heavy = generator.integers(5, 60, 1000).astype(float)
    pK = np.round(4 + heavy / 20 + generator.normal(size=1000), 4)
    pK[5], heavy[9] = np.nan, np.nan
    known = np.isfinite(pK) & np.isfinite(heavy)
    expected = np.corrcoef(pK[known], heavy[known])[0, 1]
    values = set()
    for cuts in ([], [10, 500], [3, 4, 900]):
        found = Correlation()
        for part in np.split(np.arange(1000), cuts):
            found.add(pK[part], heavy[part])
        values.add(found.value)
    assert len(values) == 1
    assert values.pop() == pytest.approx(expected, abs=1e-12)
    constant = Correlation()
    constant.add(np.ones(5), np.arange(5.0))
    assert constant.value is None


def test_quantiles_are_those_of_the_values() -> None:
    values = np.random.default_rng(4).normal(6, 1.5, 5000)
    histogram = Histogram(-2, 16, 0.01)
    histogram.add(np.concatenate([values, [np.nan, -50.0, 70.0]]))
    assert histogram.total == 5002
    assert histogram.counts[0] == histogram.counts[-1] == 1
    for share in (0.05, 0.5, 0.95):
        assert histogram.quantile(share) == pytest.approx(np.quantile(values, share), abs=0.02)
    assert np.isnan(Histogram(0, 1, 0.1).quantile(0.5))


def test_reasons_are_bounded_in_number() -> None:
    reasons = ReasonCounts()
    reasons.add((f"{'x' * number}", f"id-{number}") for number in range(3000))
    shown, others = reasons.commonest(10)
    assert len(shown) == 10
    assert others == 2990


def test_diversity_counts_clusters_scaffolds_and_nearest() -> None:
    toluenes = ["Cc1ccccc1", "CCc1ccccc1", "Cc1ccccc1"]
    found = diversity(["CCCCCC", *toluenes, "not a SMILES", ""])
    assert found.compared == 4
    assert [cluster.members for cluster in found.clusters] == [(1, 2, 3), (0,)]
    assert (found.scaffolds, found.without_ring) == (1, 1)
    assert found.nearest is not None and 0.5 < found.nearest < 0.9
    assert diversity(["CCO"]).nearest is None
    assert diversity([]).clusters == ()


@pytest.mark.parametrize("smiles", SMILES)
def test_a_drawing_takes_its_colours_from_the_page(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)
    svg = molecule_svg(mol, 'a "quoted" <name>')
    assert svg == molecule_svg(mol, 'a "quoted" <name>')
    assert "currentColor" in svg and "#000000" not in svg and "xmlns" not in svg
    assert read(svg).tags[0][1]["aria-label"] == 'a "quoted" <name>'
    assert mol.GetNumConformers() == 0


def test_bars_add_up_to_all_records() -> None:
    counts = np.array([0, 3, 0, 1200, 40, 0])
    svg = histogram_svg(counts, 4.0, 0.25, [4.9, 4.9, 5.1], "pK")
    bars = re.findall(r"<title>pK ([\d.]+) to [\d.]+: ([\d,]+)</title>", svg)
    assert bars == [("4.25", "3"), ("4.75", "1,200"), ("5.00", "40")]
    assert svg.count('class="mark"') == 2
    read(svg)
