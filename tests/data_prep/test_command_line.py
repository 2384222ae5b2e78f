"""What the command lines of builders share, and faults that each must say in one sentence."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from data_prep import decoys, leaks, robustness, splits
from data_prep.command_line import at_least, run_command, share
from data_prep.pose_conditions import file_name
from data_prep.shards import Outcome
from data_prep.summary import write_summary
from molattn.errors import EXIT_INTERRUPTED, EXIT_NOTHING_DONE
from molattn.resources import ExampleComplex


@pytest.fixture
def manifest(tmp_path: Path, complexes: dict[str, ExampleComplex]) -> Path:
    lines = ["id,protein,ligand,pK,sequence"]
    lines += [f"{name},{one.protein},{one.ligand},6," for name, one in complexes.items()]
    path = tmp_path / "index.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_numbers_out_of_range_are_refused() -> None:
    assert at_least(1)("3") == 3 and share("0.4") == 0.4
    for text in ("0", "-1", "x", "1.5"):
        with pytest.raises(Exception, match="no whole number of 1 or more"):
            at_least(1)(text)
    for text in ("0", "-1", "1.5", "nan", "x"):
        with pytest.raises(Exception, match="no number above 0 and up to 1"):
            share(text)


def test_an_interruption_and_a_full_disk_are_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    def full() -> int:
        raise OSError(28, "No space left on device", "out/index.csv")

    assert run_command(interrupted) == EXIT_INTERRUPTED
    assert "the same command goes on" in capsys.readouterr().err
    assert run_command(full) == EXIT_NOTHING_DONE
    assert capsys.readouterr().err == (
        "error: out/index.csv cannot be read or written (No space left on device).\n"
    )


def test_decoys_without_vina_are_refused_before_anything_is_written(
    manifest: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "vina", None)
    out = tmp_path / "out"
    assert decoys.main([str(manifest), "--out", str(out)]) == EXIT_NOTHING_DONE
    assert "molattn[dock]" in capsys.readouterr().err
    words = [str(manifest), "--splits", str(manifest), "--out", str(out)]
    assert robustness.main(words) == EXIT_NOTHING_DONE
    assert "molattn[dock]" in capsys.readouterr().err
    assert not out.exists()


def test_decoys_of_lost_files_and_doubtful_clusters(
    manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = tmp_path / "lost.csv"
    lost.write_text("id,protein,ligand\na,nowhere.pdb,nowhere.sdf\n")
    words = [str(lost), "--out", str(tmp_path / "out"), "--no-vina", "--workers", "1", "--quiet"]
    assert decoys.main(words) == EXIT_NOTHING_DONE
    assert "Not one complex gave decoys; the first: " in capsys.readouterr().err
    assert decoys.main([*words, "--clusters", str(manifest)]) == EXIT_NOTHING_DONE
    assert "has no column protein_cluster" in capsys.readouterr().err


def test_folds_that_cannot_be_filled_are_refused(
    manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(manifest), "--out", str(tmp_path / "out")]
    assert splits.main(words) == EXIT_NOTHING_DONE
    assert "No row has a sequence" in capsys.readouterr().err
    assert splits.main([*words[:2], str(tmp_path / "more"), "--by", "random", "--folds", "9"]) == 2
    assert "9 folds cannot be filled with 4 clusters" in capsys.readouterr().err


def test_rows_without_an_id_are_refused(
    manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest.write_text(manifest.read_text() + ",p.pdb,l.sdf,5,\n")
    assert splits.main([str(manifest), "--out", str(tmp_path / "out")]) == EXIT_NOTHING_DONE
    assert "row 5 has no id; give it one." in capsys.readouterr().err


def test_a_report_of_leaks_where_a_file_is(
    manifest: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(manifest), str(manifest), "--out", str(manifest)]
    assert leaks.main(words) == EXIT_NOTHING_DONE
    assert "cannot be" in capsys.readouterr().err


def test_names_of_files_are_safe_and_unlike() -> None:
    assert file_name("10gs") == "10gs" and file_name("4e49") == "4e49"
    odd = ("a/b", "a_b", "a b", "../up", "..", "é<b>")
    names = [file_name(one) for one in odd]
    assert len(set(names)) == len(odd)
    assert not any("/" in name or name.startswith(".") for name in names)


def test_the_account_holds_every_record_and_its_detail(tmp_path: Path) -> None:
    account = [
        Outcome("a|b", "dropped", "file cannot be read", "x.sdf: gone"),
        Outcome("c", "kept"),
    ]
    text = write_summary(tmp_path, "Anything", account, {})
    assert "| dropped | file cannot be read | 1 | a\\|b |" in text
    assert (tmp_path / "account.csv").read_text() == (
        "id,status,reason,detail\na|b,dropped,file cannot be read,x.sdf: gone\nc,kept,,\n"
    )
