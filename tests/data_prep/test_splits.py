"""Splits and leak reports from the command line, on a small manifest."""

from __future__ import annotations

import csv
import json
import random
from importlib.resources import files
from pathlib import Path

import pytest

from data_prep import leaks, splits
from molattn.train.split_file import read_split

LIGANDS = (
    "CC(=O)Oc1ccccc1C(=O)O",
    "CC(=O)Oc1ccccc1C(=O)[O-]",
    "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
    "c1ccncc1CCN",
    "O=C(O)CCCCCC",
    "NCCc1ccc(O)c(O)c1",
)


def write_manifest(folder: Path, name: str = "index.csv", offset: int = 0) -> Path:
    """Write twelve rows of six proteins and six ligands, two of them one compound."""
    source = random.Random(offset)
    proteins = ["".join(source.choices("ACDEFGHIKLMNPQRSTVWY", k=120)) for _ in range(6)]
    lines = ["id,protein,ligand,pK,year,cleansplit_train,sequence,smiles"]
    for row in range(12):
        label = f"{4 + row / 4}" if row < 10 else ""
        flag = "1.0" if row < 4 else "0" if row < 8 else ""
        year = f"{2000 + row}.0" if row != 5 else ""
        smiles = LIGANDS[(row + row // 6) % 6]
        lines.append(
            f"r{offset + row},p.pdb,l.sdf,{label},{year},{flag},{proteins[row % 6]},{smiles}"
        )
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return path


def split_lines(path: Path) -> list[dict[str, str]]:
    with path.open() as stream:
        return list(csv.DictReader(stream))


def test_folds_by_protein_leave_out_like_ligands_and_leak_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest, out = write_manifest(tmp_path), tmp_path / "out"
    assert splits.main([str(manifest), "--out", str(out), "--folds", "3"]) == 0
    lines = split_lines(out / "splits.csv")
    assert [line["id"] for line in lines] == [f"r{row}" for row in range(12)]
    assert all(
        lines[row]["protein_cluster"] == lines[row + 6]["protein_cluster"] for row in range(6)
    )
    assert all(lines[row]["fold"] == lines[row + 6]["fold"] for row in range(6))
    assert lines[0]["ligand_cluster"] == lines[1]["ligand_cluster"]  # acid and its ion
    assert len({line["random_fold"] for line in lines}) == 3
    assert lines[3]["cleansplit"] == "1"
    summary = json.loads((out / "summary.json").read_text())
    assert (summary["records"], summary["labelled"], summary["protein_clusters"]) == (12, 10, 6)

    found = leaks.main([str(manifest), "--split", str(out / "splits.csv"), "--out", str(out)])
    assert found == 0
    report = json.loads((out / "leaks.json").read_text())
    assert [report[f"fold {fold}"]["leaking"] for fold in range(3)] == [[], [], []]

    # the same folds without the rows left out leak ligands
    bare = out / "bare.csv"
    bare.write_text(
        "id,protein_cluster,ligand_cluster,fold,left_out_of\n"
        + "".join(f"{line['id']},x,x,{line['fold']},\n" for line in lines)
    )
    capsys.readouterr()
    assert leaks.main([str(manifest), "--split", str(bare), "--fold", "0", "--out", str(out)]) == 1
    assert "fold 0: identical_ligands" in capsys.readouterr().out
    arguments = [str(manifest), "--split", str(bare), "--ignore", "identical_ligands"]
    assert leaks.main([*arguments, "--out", str(out)]) == 0


def test_a_second_run_does_nothing_and_other_settings_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest, out = write_manifest(tmp_path), tmp_path / "out"
    arguments = [str(manifest), "--out", str(out), "--folds", "2", "--bare"]
    assert splits.main(arguments) == 0
    before = (out / "splits.csv").stat().st_mtime_ns
    capsys.readouterr()
    assert splits.main(arguments) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert (out / "splits.csv").stat().st_mtime_ns == before
    header = (out / "splits.csv").read_text().splitlines()[0]
    assert header == "id,protein_cluster,ligand_cluster,fold,left_out_of"
    assert splits.main([*arguments, "--seed", "1"]) == 2
    assert "made with another seed" in capsys.readouterr().err


@pytest.mark.parametrize("way", ["ligand", "scaffold", "random"])
def test_folds_by_ligand_scaffold_and_chance(way: str, tmp_path: Path) -> None:
    manifest, out = write_manifest(tmp_path), tmp_path / way
    assert splits.main([str(manifest), "--out", str(out), "--folds", "2", "--by", way]) == 0
    table = read_split(out / "splits.csv")
    names = {"ligand": table.ligand_cluster, "scaffold": table.columns["scaffold"]}.get(way)
    if names is not None:
        assert len({(name, fold) for name, fold in zip(names, table.folds, strict=True)}) == len(
            set(names)
        )
    assert not table.left_out.any()


def test_split_by_time_holds_out_the_latest(tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path)
    arguments = [str(manifest), "--by", "time", "--year", "2007"]
    assert splits.main([*arguments, "--out", str(tmp_path / "out")]) == 0
    table = read_split(tmp_path / "out" / "splits.csv")
    assert table.folds == (-1,) * 7 + (0,) * 5
    assert table.left_out[:, 0].tolist() == [row == 5 for row in range(12)]  # of no known year
    assert splits.main([str(manifest), "--by", "time", "--out", str(tmp_path / "fifth")]) == 0
    latest = read_split(tmp_path / "fifth" / "splits.csv")
    assert latest.folds == (-1,) * 8 + (0,) * 4  # two of ten labels, and the two without


def test_split_by_the_flag_of_cleansplit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = write_manifest(tmp_path)
    arguments = [str(manifest), "--by", "cleansplit", "--out", str(tmp_path / "out")]
    assert splits.main(arguments) == 0
    table = read_split(tmp_path / "out" / "splits.csv")
    assert table.folds == (-1,) * 4 + (0,) * 4 + (-1,) * 4
    assert table.left_out[:, 0].tolist() == [row >= 8 for row in range(12)]
    absent = [*arguments[:-1], str(tmp_path / "none"), "--cleansplit-column", "flag"]
    assert splits.main(absent) == 2
    assert "No row has a value in the column flag" in capsys.readouterr().err


def test_leaks_between_two_manifests(tmp_path: Path) -> None:
    first = write_manifest(tmp_path)
    second = write_manifest(tmp_path, "other.csv", offset=100)
    out = tmp_path / "out"
    assert leaks.main([str(first), str(second), "--out", str(out)]) == 1
    report = json.loads((out / "leaks.json").read_text())["index.csv and other.csv"]
    assert report["leaking"] == ["identical_ligands"]
    assert report["kinds"]["identical_ligands"]["count"] == 5
    assert leaks.main([str(first), str(first), "--out", str(out)]) == 1
    report = json.loads((out / "leaks.json").read_text())["index.csv and index.csv"]
    assert set(report["leaking"]) == {"ids", "proteins", "identical_ligands", "complexes", "labels"}
    assert report["highest_identity"] == 1.0


@pytest.mark.parametrize(
    "arguments",
    [
        ["MISSING", "--split", "x.csv"],
        ["MANIFEST"],
        ["MANIFEST", "MANIFEST", "--split", "x.csv"],
        ["MANIFEST", "--split", "MISSING"],
        ["MANIFEST", "MANIFEST", "--drop", "year"],
    ],
)
def test_bad_input_is_one_sentence(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = write_manifest(tmp_path)
    place = {"MISSING": str(tmp_path / "missing.csv"), "MANIFEST": str(manifest)}
    named = [place.get(one, one) for one in arguments]
    assert leaks.main([*named, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert said.count("\n") == 1


def test_the_shipped_split_is_whole() -> None:
    path = Path(str(files("molattn"))).parent / "configs" / "splits" / "crystal.csv"
    assert path.stat().st_size < 200_000
    table = read_split(path)
    assert table.count == 5
    assert not table.columns
    assert len(set(table.ids)) == len(table.ids)
    fold_of = dict(zip(table.protein_cluster, table.folds, strict=True))
    assert all(
        fold_of[name] == fold for name, fold in zip(table.protein_cluster, table.folds, strict=True)
    )
    held: dict[str, set[int]] = {}
    for name, fold in zip(table.ligand_cluster, table.folds, strict=True):
        held.setdefault(name, set()).add(fold)
    for row, fold in enumerate(table.folds):
        left = {one for one in range(5) if table.left_out[row, one]}
        assert left <= held[table.ligand_cluster[row]] - {fold}
