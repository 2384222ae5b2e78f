"""Bad input through the command line: one sentence, the documented exit code, no traceback."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from molattn.resources import ExampleComplex
from tests.cli.command import Run, run

Score = Callable[..., Run]
NO_ATOMS = "empty\n     test\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n$$$$\n"


@pytest.fixture
def score(capsys: pytest.CaptureFixture[str], weights: Path) -> Score:
    return lambda *words: run(capsys, "score", "--weights", weights, *words)


@pytest.fixture
def files(complexes: dict[str, ExampleComplex]) -> ExampleComplex:
    return complexes["1s3v"]


def rows_of(result: Run) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.out)))


def moved_sdf(text: str, move: Callable[[float], float]) -> str:
    """Return an SDF record with the x coordinates changed."""
    lines = text.split("\n")
    count = int(lines[3][:3])
    for row in range(4, 4 + count):
        lines[row] = f"{move(float(lines[row][:10])):10.4f}" + lines[row][10:]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.pdb", b""),
        ("page.pdb", b"<!DOCTYPE html><html><head><title>404</title></head></html>\n"),
        ("noise.pdb", bytes(range(256)) * 8),
        ("text.pdb", b"hello\n"),
        ("cut.pdb.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03cut"),
    ],
)
def test_a_protein_that_is_none(
    score: Score, files: ExampleComplex, tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    result = score(path, files.ligand)
    assert result.code == 2
    assert name in result.sentence
    assert result.out == ""


@pytest.mark.parametrize("text", ["********", "     nan", "     inf"])
def test_coordinates_that_are_no_numbers(
    score: Score, files: ExampleComplex, tmp_path: Path, text: str
) -> None:
    lines = files.protein.read_text().splitlines()
    broken = [
        line[:30] + text + line[38:] if line.startswith(("ATOM", "HETATM")) else line
        for line in lines
    ]
    path = tmp_path / "broken.pdb"
    path.write_text("\n".join(broken))
    result = score(path, files.ligand)
    assert result.code == 2
    assert "broken.pdb" in result.sentence


@pytest.mark.parametrize("which", ["protein", "ligand"])
def test_a_missing_file_and_a_folder(
    score: Score, files: ExampleComplex, tmp_path: Path, which: str
) -> None:
    for path in (tmp_path / "absent.sdf", tmp_path):
        pair = (path, files.ligand) if which == "protein" else (files.protein, path)
        result = score(*pair)
        assert result.code == 2
        assert str(path) in result.sentence


@pytest.mark.parametrize("content", ["", "<html><body>not found</body></html>", "hello\n"])
def test_a_ligand_file_that_is_none(
    score: Score, files: ExampleComplex, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "ligand.sdf"
    path.write_text(content)
    result = score(files.protein, path)
    assert result.code in (1, 2)
    assert result.code == 2 or rows_of(result)[0]["reason"]


def test_one_bad_ligand_file_among_good_ones_costs_one_row(
    score: Score, files: ExampleComplex, tmp_path: Path
) -> None:
    result = score(files.protein, files.ligand, tmp_path / "absent.sdf", files.ligand)
    assert result.code == 1
    assert [row["status"] for row in rows_of(result)] == ["ok", "failed", "ok"]
    assert "absent.sdf" in rows_of(result)[1]["reason"]


def test_a_truncated_record_between_two_good_ones(
    score: Score, files: ExampleComplex, tmp_path: Path
) -> None:
    good = files.ligand.read_text().rstrip("\n")
    good = good if good.endswith("$$$$") else good + "\n$$$$"
    cut = "\n".join(good.split("\n")[:12]) + "\n$$$$"
    path = tmp_path / "three.sdf"
    path.write_text("\n".join([good, cut, good, ""]))
    result = score(files.protein, path)
    rows = rows_of(result)
    assert result.code == 1
    assert [row["status"] for row in rows] == ["ok", "failed", "ok"]
    assert [row["record"] for row in rows] == ["0", "1", "2"]
    assert rows[0]["pK"] == rows[2]["pK"] != ""
    assert rows[1]["pK"] == ""
    assert rows[1]["reason"].endswith(".")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda _: NO_ATOMS, "atom"),
        (lambda text: moved_sdf(text, lambda x: x + 100.0), "nearest protein atom"),
        (lambda text: text.replace(" N  ", " Qq ", 1), "Qq"),
    ],
)
def test_a_ligand_that_cannot_be_scored(
    score: Score,
    files: ExampleComplex,
    tmp_path: Path,
    make: Callable[[str], str],
    words: str,
) -> None:
    path = tmp_path / "ligand.sdf"
    path.write_text(make(files.ligand.read_text()))
    result = score(files.protein, path)
    (row,) = rows_of(result)
    assert result.code == 1
    assert row["status"] == "failed"
    assert words in row["reason"]
    assert row["reason"] in result.err


def test_a_ligand_at_the_origin(score: Score, files: ExampleComplex, tmp_path: Path) -> None:
    lines = files.ligand.read_text().split("\n")
    for place in range(4, 4 + int(lines[3][:3])):
        lines[place] = "    0.0000    0.0000    0.0000" + lines[place][30:]
    path = tmp_path / "flat.sdf"
    path.write_text("\n".join(lines))
    result = score(files.protein, path)
    assert result.code == 1
    assert rows_of(result)[0]["reason"]


def test_no_residue_near_the_centre(score: Score, files: ExampleComplex) -> None:
    result = score(files.protein, files.ligand, "--center", "900,900,900")
    assert result.code == 1
    assert "nearest protein atom" in rows_of(result)[0]["reason"]


@pytest.mark.parametrize("text", ["1,2", "1,2,3,4", "a,b,c", "1;2;3", "1,2,nan", ""])
def test_a_centre_that_is_no_point(score: Score, files: ExampleComplex, text: str) -> None:
    result = score(files.protein, files.ligand, "--center", text)
    assert result.code == 2
    assert "--center" in result.sentence


def test_a_radius_without_centre_or_of_nothing(score: Score, files: ExampleComplex) -> None:
    alone = score(files.protein, files.ligand, "--radius", "8")
    nothing = score(files.protein, files.ligand, "--center", "1,2,3", "--radius", "0")
    assert (alone.code, nothing.code) == (2, 2)
    assert "--center" in alone.sentence
    assert "above 0" in nothing.sentence


@pytest.mark.parametrize("code", ["XYZ", "TQD:Q", "TQD:A:9999", "::", "much too long"])
def test_a_ligand_code_that_names_nothing(score: Score, files: ExampleComplex, code: str) -> None:
    result = score(files.protein, "--ligand", code)
    assert result.code == 2
    assert result.sentence


@pytest.mark.parametrize("place", ["absent/out.csv", "file/out.csv", "folder.csv", "out.xlsx"])
def test_an_output_that_cannot_be_written_is_found_first(
    score: Score, files: ExampleComplex, tmp_path: Path, place: str
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.csv").mkdir()
    for option in ("--out", "--attention"):
        result = score(files.protein, files.ligand, option, tmp_path / place)
        assert result.code == 2
        assert place.split("/", maxsplit=1)[0] in result.sentence


def test_a_full_disk(score: Score, files: ExampleComplex, tmp_path: Path) -> None:
    full = tmp_path / "full.csv"
    full.symlink_to("/dev/full")
    result = score(files.protein, files.ligand, "--out", full, "--quiet")
    assert result.code == 2
    assert "No space left" in result.sentence


def test_a_manifest_without_a_column(score: Score, tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("id,protein\na,p.pdb\n")
    result = score("--manifest", path)
    assert result.code == 2
    assert "lacks the column ligand" in result.sentence


def test_a_manifest_beside_a_protein(score: Score, files: ExampleComplex) -> None:
    result = score(files.protein, "--manifest", "pairs.csv")
    assert result.code == 2
    assert "--manifest" in result.sentence


def test_weights_that_are_missing_or_damaged(
    capsys: pytest.CaptureFixture[str], files: ExampleComplex, weights: Path, tmp_path: Path
) -> None:
    missing = run(
        capsys, "score", files.protein, files.ligand, "--weights", tmp_path / "no.safetensors"
    )
    assert missing.code == 2
    assert "no weights" in missing.sentence
    damaged = tmp_path / "damaged.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    damaged.write_bytes(bytes(data))
    damaged.with_suffix(".json").write_text(weights.with_suffix(".json").read_text())
    result = run(capsys, "score", files.protein, files.ligand, "--weights", damaged)
    assert result.code == 2
    assert "SHA-256" in result.sentence


def test_an_internal_error_names_a_report(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    weights: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    # the metadata of installed packages breaks in a way that no sentence foresees
    monkeypatch.setattr("molattn.predict.installation.version", lambda name: 1 / 0)
    result = run(capsys, "info", "--weights", weights)
    (report,) = tmp_path.glob("molattn-report-*.txt")
    assert result.code == 3
    assert report.name in result.sentence
    assert "ZeroDivisionError" in report.read_text()
    assert "molattn info --weights" in report.read_text()


@pytest.mark.parametrize("temperature", ["0", "-1", "nan", "inf"])
def test_a_temperature_that_is_none(score: Score, files: ExampleComplex, temperature: str) -> None:
    result = score(files.protein, files.ligand, "--temperature", temperature)
    assert result.code == 2
    assert "temperature" in result.sentence
    assert result.out == ""


def test_a_manifest_row_without_paths_shows_none(
    score: Score, files: ExampleComplex, tmp_path: Path
) -> None:
    manifest = tmp_path / "pairs.csv"
    manifest.write_text(f"id,protein,ligand\na,{files.protein},\nb,,{files.ligand}\n")
    result = score("--manifest", manifest)
    assert result.code == 1
    first, second = rows_of(result)
    assert (first["ligand"], second["protein"]) == ("", "")
    assert first["status"] == second["status"] == "failed"
