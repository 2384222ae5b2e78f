"""The library reader: files, folders and globs in, every record out once, with its id."""

from __future__ import annotations

import csv
import gzip
import io
import os
import shutil
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from molattn.errors import FileUnreadable, UsageError
from molattn.resources import example
from molattn.screen.library import (
    LibraryFingerprint,
    find_files,
    inspect_library,
    read_library,
)
from molattn.screen.library_columns import SMILES_NAMES, is_smiles
from molattn.screen.record import LibraryRecord

MOLECULES = (
    ("CCO", "ethanol"),
    ("c1ccccc1C(=O)[O-]", "benzoate 7"),
    ("C[C@H](N)C(=O)O", "L-Ala, α"),
    ("CCO", "ethanol"),  # a duplicate stays a record of its own
    ("[Na+].CC(=O)[O-]", "x;y"),
    ("OCC1CC1", "薬物-5"),
)


def written(path: Path, text: str | bytes) -> Path:
    data = text.encode() if isinstance(text, str) else text
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path


def records_of(*names: Path | str, **columns: str) -> list[LibraryRecord]:
    return list(read_library(find_files([str(name) for name in names]), **columns))


def sdf_text(molecules: Sequence[tuple[str, str]]) -> str:
    blocks = []
    for smiles, name in molecules:
        mol = Chem.MolFromSmiles(smiles)
        mol.SetProp("_Name", name)
        blocks.append(Chem.MolToMolBlock(mol) + ">  <score>\n1.5\n\n$$$$\n")
    return "".join(blocks)


def table_text(molecules: Sequence[tuple[str, str]], delimiter: str) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter)
    writer.writerow(["Name", "SMILES"])
    writer.writerows((name, smiles) for smiles, name in molecules)
    return stream.getvalue()


def mol2_text(names: Sequence[str]) -> str:
    return "".join(
        f"# written by hand\n@<TRIPOS>MOLECULE\n{name}\n 2 1 0 0 0\nSMALL\nNO_CHARGES\n\n"
        "@<TRIPOS>ATOM\n1 C1 0.0 0.0 0.0 C.3 1 LIG\n2 O1 1.4 0.0 0.0 O.3 1 LIG\n"
        "@<TRIPOS>BOND\n1 1 2 1\n"
        for name in names
    )


class TestFormats:
    """The same molecules in any format are the same records."""

    @pytest.fixture
    def parquet(self, tmp_path: Path) -> Path:
        smiles, names = zip(*MOLECULES, strict=True)
        pq.write_table(pa.table({"Name": names, "SMILES": smiles}), tmp_path / "lib.parquet")
        return tmp_path / "lib.parquet"

    @pytest.mark.parametrize("packed", ["", ".gz"])
    @pytest.mark.parametrize(
        ("name", "delimiter"),
        [("lib.sdf", ""), ("lib.smi", "\t"), ("lib.csv", ","), ("lib.csv", ";"), ("lib.tsv", "\t")],
    )
    @pytest.mark.parametrize("ends", ["\n", "\r\n"])
    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    def test_every_format_gives_the_same_records(
        self, tmp_path: Path, name: str, delimiter: str, packed: str, ends: str, mark: str
    ) -> None:
        if name.endswith(".sdf"):
            text = sdf_text(MOLECULES)
        elif name.endswith(".smi"):
            text = "".join(f"{smiles}\t{own}\n" for smiles, own in MOLECULES)
        else:
            text = table_text(MOLECULES, delimiter).replace("\r\n", "\n")
        path = written(tmp_path / (name + packed), mark + text.replace("\n", ends))
        self.check(path)

    def test_so_does_parquet(self, parquet: Path) -> None:
        self.check(parquet)

    def check(self, path: Path) -> None:
        records = records_of(path)
        assert [record.place for record in records] == list(range(len(MOLECULES)))
        assert [record.number for record in records] == list(range(len(MOLECULES)))
        assert [record.id for record in records] == [own for _, own in MOLECULES]
        assert {record.source for record in records} == {str(path)}
        assert not any(record.problem for record in records)
        assert inspect_library(find_files([str(path)])).records == len(MOLECULES)
        for record, (smiles, _) in zip(records, MOLECULES, strict=True):
            if record.kind == "sdf":
                mol = Chem.MolFromMolBlock(record.text)
                assert Chem.MolToSmiles(mol) == Chem.CanonSmiles(smiles)
            else:
                assert record.text == smiles

    @given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), min_size=1))
    def test_any_id_survives_a_table(
        self, tmp_path_factory: pytest.TempPathFactory, ids: list[str]
    ) -> None:
        path = tmp_path_factory.mktemp("ids") / "lib.csv"
        written(path, table_text([("CCO", own) for own in ids], ","))
        assert [record.id for record in records_of(path)] == ids

    def test_a_whole_packaged_ligand_is_one_record(self) -> None:
        (record,) = records_of(example("1s3v").ligand)
        assert record.kind == "sdf"
        assert record.id == "TQD"
        assert "V2000" in record.text


class TestStructureFiles:
    """Records of SDF, MOL and MOL2 files, and their names."""

    def test_a_nameless_record_takes_a_tag_and_else_the_file_and_its_number(
        self, tmp_path: Path
    ) -> None:
        block = Chem.MolToMolBlock(Chem.MolFromSmiles("CO"))
        text = (
            f"{block}>  <ID>\nZ1\n\n$$$$\n{block}>  <pK>\n7\n\n$$$$\n*****{block}$$$$\n own {block}"
        )
        path = written(tmp_path / "some.poses.sdf.gz", text)
        records = records_of(path)
        assert [r.id for r in records] == ["Z1", "some.poses-2", "some.poses-3", "own"]

    def test_a_tag_can_be_chosen_as_the_id(self, tmp_path: Path) -> None:
        block = Chem.MolToMolBlock(Chem.MolFromSmiles("CO"))
        text = f"title{block}> <Catalog ID>\nEN-1\n\n$$$$\ntitle{block}$$$$\n"
        path = written(tmp_path / "a.sdf", text)
        assert [r.id for r in records_of(path, id_column="Catalog ID")] == ["EN-1", "title"]

    def test_mol2_records_keep_their_titles(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a.mol2", mol2_text(["first one", "*****", "third"]))
        records = records_of(path)
        assert [r.id for r in records] == ["first one", "a-2", "third"]
        assert [r.kind for r in records] == ["mol2"] * 3
        assert all(r.text.startswith("@<TRIPOS>MOLECULE") for r in records)
        assert inspect_library(find_files([str(path)])).records == 3

    def test_a_mol_file_without_an_end_mark_is_one_record(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a.mol", Chem.MolToMolBlock(Chem.MolFromSmiles("CO")))
        assert len(records_of(path)) == inspect_library(find_files([str(path)])).records == 1

    def test_utf_16_is_read_and_counted(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a.sdf", sdf_text(MOLECULES).encode("utf-16"))
        assert [r.id for r in records_of(path)] == [own for _, own in MOLECULES]
        assert inspect_library(find_files([str(path)])).records == len(MOLECULES)


LAYOUTS = {
    "a bare list": ("CCO\nCN\n", [("CCO", "f-1"), ("CN", "f-2")]),
    "blanks": ("CCO  e1\nCN m1 more words\n", [("CCO", "e1"), ("CN", "m1")]),
    "blanks and header": ("smiles zinc_id\nCCO Z1\nCN Z2\n", [("CCO", "Z1"), ("CN", "Z2")]),
    "RDKit's header": ("SMILES Name \nCCO 0\nCN 1\n", [("CCO", "0"), ("CN", "1")]),
    "header with a hash": ("# smiles name\nCCO a\n#CN b\n", [("CCO", "a")]),
    "header of one word": ("SMILES\nCCO a\nCN b\n", [("CCO", "a"), ("CN", "b")]),
    "blank lines, comments": (
        "\n# made by me\n\nCCO a\n  \n# end\nCN b\n\n",
        [("CCO", "a"), ("CN", "b")],
    ),
    "tabs, names with blanks": (
        "CCO\tethyl alcohol \nCN\tb c\n",
        [("CCO", "ethyl alcohol"), ("CN", "b c")],
    ),
    "tabs, a third column": ("CCO\ta b\t7\nCN\tc d\t8\n", [("CCO", "a b"), ("CN", "c d")]),
    "Enamine's": ("SMILES\tidnumber\nCCO\tZ1\nCN\tZ2\n", [("CCO", "Z1"), ("CN", "Z2")]),
    "ChEMBL's": (
        "chembl_id\tcanonical_smiles\tstandard_inchi\nCHEMBL1\tCCO\tInChI=1S/C\n",
        [("CCO", "CHEMBL1")],
    ),
    "an unknown name of ids": ("smiles\tmy number\nCCO\t12\n", [("CCO", "12")]),
    "commas": ("CCO,a\nCN,b c\n", [("CCO", "a"), ("CN", "b c")]),
    "commas and header": ('name,smiles\n"a, b",CCO\nb,CN\n', [("CCO", "a, b"), ("CN", "b")]),
    "semicolons": ("smiles;id\nCCO;a\n", [("CCO", "a")]),
    "commas within names": ("CCO 1,2-a\nCN 3,4-b\n", [("CCO", "1,2-a"), ("CN", "3,4-b")]),
    "ids first": (
        "ZINC1 CCO\nZINC2 CN\nZINC3 xx\n",
        [("CCO", "ZINC1"), ("CN", "ZINC2"), ("xx", "ZINC3")],
    ),
    "CXSMILES": (
        "C[C@H](O)N |&1:1,r| a\nCCO b\nC* |$;R 1$|\n",
        [("C[C@H](O)N |&1:1,r|", "a"), ("CCO", "b"), ("C* |$;R 1$|", "f-3")],
    ),
    "CXSMILES and tabs": (
        "smiles\tid\nC[C@H](O)N |&1:1,r|\ta\nCCO\tb\n",
        [("C[C@H](O)N |&1:1,r|", "a"), ("CCO", "b")],
    ),
    "a broken first line": ("C1CC( a\nCCO b\nCN c\n", [("C1CC(", "a"), ("CCO", "b"), ("CN", "c")]),
    "an id that is a known name": (
        "CCO mol\nCN structure\n",
        [("CCO", "mol"), ("CN", "structure")],
    ),
    "an old Macintosh": ("CCO a\rCN b\r", [("CCO", "a"), ("CN", "b")]),
}  # fmt: skip


class TestSmilesFiles:
    """Lists of SMILES in all their layouts."""

    @pytest.mark.parametrize("layout", LAYOUTS)
    @pytest.mark.parametrize("name", ["f.smi", "f.txt", "f.unheard"])
    def test_the_layout_is_told_from_the_lines(
        self, tmp_path: Path, layout: str, name: str
    ) -> None:
        text, expected = LAYOUTS[layout]
        path = written(tmp_path / name, text)
        records = records_of(path)
        assert [(r.text, r.id) for r in records] == expected
        assert not any(r.problem for r in records)
        if "\r" not in text:  # marks are counted by line feeds
            assert inspect_library(find_files([str(path)])).records == len(expected)

    def test_a_header_names_the_fields(self, tmp_path: Path) -> None:
        path = written(tmp_path / "f.smi", "smiles id note\nCCO a two words\nCN b\n")
        assert [r.fields for r in records_of(path)] == [{"note": "two words"}, {"note": ""}]

    def test_a_line_without_a_smiles_is_a_record_with_a_problem(self, tmp_path: Path) -> None:
        path = written(tmp_path / "f.smi", "CCO\ta\n\tb\nCN\tc\n")
        records = records_of(path)
        assert [r.id for r in records] == ["a", "b", "c"]
        assert [r.problem for r in records] == ["", "Row 2 has no SMILES.", ""]

    def test_no_known_name_of_a_column_is_a_smiles(self) -> None:
        words = [*SMILES_NAMES, *map(str.upper, SMILES_NAMES), *map(str.title, SMILES_NAMES)]
        assert not [word for word in words if is_smiles(word)]

    def test_latin_1_ids_are_read(self, tmp_path: Path) -> None:
        path = written(tmp_path / "f.smi", "CCO\tsäure\n".encode("latin-1"))
        assert [r.id for r in records_of(path)] == ["säure"]


class TestFiles:
    """Files, folders and globs."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "lib"
        written(folder / "part_10.smi", "CN ten\n")
        written(folder / "part_2.smi.gz", "CO two\n")
        written(folder / "deep" / "er" / "a.sdf", sdf_text([("CCO", "deep")]))
        written(folder / "list.txt", "CCC listed\n")
        written(folder / "README.txt", "These molecules were bought.\nDo not share them.\n")
        written(folder / "README.md", "# Molecules\n")
        written(folder / "receptor.pdb", "HEADER    X\n")
        written(folder / ".hidden.smi", "C hidden\n")
        return folder

    def test_a_folder_gives_its_library_files_sorted(self, folder: Path) -> None:
        assert [r.id for r in records_of(folder)] == ["deep", "listed", "two", "ten"]
        named = [file.name for file in find_files([str(folder)])]
        assert named[0] == f"{folder}/deep/er/a.sdf"

    def test_globs_folders_and_files_repeat_nothing(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(folder.parent)
        names = ["lib/part_10.smi", "lib/**/*", str(folder), "lib", "./lib/part_2.smi.gz"]
        files = find_files(names)
        assert [file.name for file in files] == [
            "lib/part_10.smi", "lib/deep/er/a.sdf", "lib/list.txt", "lib/part_2.smi.gz",
        ]  # fmt: skip
        records = list(read_library(files))
        assert [r.place for r in records] == [0, 1, 2, 3]
        assert [r.number for r in records] == [0, 0, 0, 0]

    def test_a_link_to_a_file_is_that_file(self, folder: Path) -> None:
        (folder / "again.smi").symlink_to(folder / "part_10.smi")
        assert len(find_files([str(folder)])) == 4

    def test_a_glob_matches_folders_and_a_name_with_brackets_is_a_name(self, folder: Path) -> None:
        odd = written(folder / "odd[1].smi", "CCCC odd\n")
        assert [r.id for r in records_of(odd)] == ["odd"]
        assert [r.id for r in records_of(folder / "de*")] == ["deep"]

    def test_the_folder_of_results_can_be_left_out(self, folder: Path) -> None:
        written(folder / "screen" / "hits.csv", "id,smiles\na,CCO\n")
        assert len(find_files([str(folder)])) == 5
        assert len(find_files([str(folder)], skip=folder / "screen")) == 4
        assert len(find_files([f"{folder}/**"], skip=folder / "screen")) == 4

    def test_an_ending_that_says_nothing_leaves_it_to_the_content(self, tmp_path: Path) -> None:
        texts = {
            "sdf": sdf_text(MOLECULES),
            "mol2": mol2_text(["a"]),
            "smiles": "smiles,id\nCCO,a\n",
        }
        for kind, text in texts.items():
            path = written(tmp_path / f"download_{kind}", text)
            assert [file.format for file in find_files([str(path)])] == [kind]
        pq.write_table(pa.table({"smiles": ["CCO"]}), tmp_path / "download")
        assert [f.format for f in find_files([str(tmp_path / "download")])] == ["parquet"]

    @pytest.mark.parametrize(
        ("name", "content", "sentence"),
        [
            ("empty.sdf", "", "is empty"),
            ("blank.smi", "\n \n", "is empty"),
            ("empty.parquet", "", "is empty"),
            ("prose.txt", "These are words.\nNo molecules.\n", "no library of molecules"),
            ("complex.pdb", "HEADER    HYDROLASE\n", "no library of molecules"),
            ("lib.sdf.zip", b"PK\x03\x04" + b"\0" * 30, "unpack it first"),
            ("page.smi", "<!DOCTYPE html><html>", "web page"),
        ],
    )
    def test_a_named_file_that_is_no_library_is_refused(
        self, tmp_path: Path, name: str, content: str | bytes, sentence: str
    ) -> None:
        path = written(tmp_path / name, content)
        with pytest.raises(FileUnreadable, match=sentence) as caught:
            find_files([str(path)])
        assert str(path) in str(caught.value)

    def test_what_is_not_there_is_refused(self, tmp_path: Path) -> None:
        written(tmp_path / "only" / "README.md", "words")
        for name, sentence in {
            "nowhere.sdf": "no such file",
            "nowhere.parquet": "no such file",
            "*.sdf": "no file matches",
            "only/*": "no file that matches",
            "only": "no file in this folder",
        }.items():
            with pytest.raises(FileUnreadable, match=sentence):
                find_files([str(tmp_path / name)])

    def test_an_unread_archive_within_a_folder_is_not_passed_over(self, folder: Path) -> None:
        written(folder / "more.sdf.bz2", b"BZh9")
        with pytest.raises(FileUnreadable, match=r"more\.sdf\.bz2: unpack"):
            find_files([str(folder)])
        written(folder / "more.sdf", sdf_text(MOLECULES[:1]))
        assert len(find_files([str(folder)])) == 5

    def test_a_pipe_is_refused(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.smi")
        with pytest.raises(FileUnreadable, match="pipe"):
            find_files([str(tmp_path / "pipe.smi")])


class TestDamage:
    """What is broken costs itself alone, and says so."""

    @pytest.mark.parametrize("kind", ["sdf", "smi", "csv", "mol2"])
    def test_a_gzip_file_cut_short_costs_what_follows_the_cut(
        self, tmp_path: Path, kind: str
    ) -> None:
        many = [(smiles, f"m{i}") for i, (smiles, _) in enumerate(MOLECULES * 150)]
        text = {
            "sdf": sdf_text(many),
            "smi": "".join(f"{smiles} {own}\n" for smiles, own in many),
            "csv": table_text(many, ","),
            "mol2": mol2_text([own for _, own in many]),
        }[kind]
        whole = gzip.compress(text.encode(), mtime=0)
        path = tmp_path / f"cut.{kind}.gz"
        path.write_bytes(whole[: len(whole) * 2 // 3])
        after = written(tmp_path / "whole.smi", "CCO last\n")
        *before, broken, last = records_of(path, after)
        assert 0 < len(before) < len(many)
        assert [r.id for r in before] == [own for _, own in many[: len(before)]]
        assert broken.number == broken.place == len(before)
        assert f"breaks off after record {len(before)}: the gzip file is damaged" in broken.problem
        assert broken.id == f"cut-{len(before) + 1}"
        assert (last.id, last.place, last.problem) == ("last", len(before) + 1, "")
        counted = inspect_library(find_files([str(path)])).records
        assert abs(counted - len(before) - 1) <= 1

    def test_an_empty_file_in_a_folder_is_a_record_that_says_so(self, tmp_path: Path) -> None:
        written(tmp_path / "a.sdf", "")
        written(tmp_path / "b.csv", "")
        written(tmp_path / "c.smi", "CCO c\n")
        written(tmp_path / "d.csv", "id,smiles\n")
        written(tmp_path / "e.parquet", "no parquet")
        records = records_of(tmp_path)
        assert [r.id for r in records] == ["a-1", "b-1", "c", "d-1", "e-1"]
        assert [bool(r.problem) for r in records] == [True, True, False, True, True]
        assert "a.sdf: the file is empty" in records[0].problem
        assert "no record in this file" in records[3].problem
        assert inspect_library(find_files([str(tmp_path)])).records == 5

    def test_a_record_that_lost_its_end_costs_no_other(self, tmp_path: Path) -> None:
        text = sdf_text(MOLECULES).replace("$$$$\n", "", 1)
        path = written(tmp_path / "run_on.sdf", text)
        assert [r.id for r in records_of(path)] == [own for _, own in MOLECULES]

    def test_memory_does_not_grow_with_the_file(self, tmp_path: Path) -> None:
        peaks = []
        for copies in (20, 200):
            path = written(tmp_path / f"{copies}.sdf.gz", sdf_text(MOLECULES) * copies)
            tracemalloc.start()
            assert sum(1 for _ in read_library(find_files([str(path)]))) == 6 * copies
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[1] < peaks[0] + 200_000


class TestFingerprint:
    """Hashes and counts."""

    def test_it_comes_back_from_json(self, tmp_path: Path) -> None:
        written(tmp_path / "ä.smi", "CCO a\nCN b\n")
        fingerprint = inspect_library(find_files([str(tmp_path)]))
        assert LibraryFingerprint.from_json(fingerprint.to_json()) == fingerprint
        (file,) = fingerprint.files
        assert (file.size, file.records) == (11, 2)
        # printf 'CCO a\nCN b\n' | sha256sum
        assert file.sha256 == "8802ba38619a983f744dcd106e1bc6ecce4b30201c9f3b668a6658ef038202fc"

    def test_a_moved_library_is_the_same_one_and_a_changed_one_is_not(self, tmp_path: Path) -> None:
        written(tmp_path / "here" / "a.smi", "CCO a\n")
        written(tmp_path / "here" / "b.smi", "CN b\n")
        before = inspect_library(find_files([str(tmp_path / "here")])).digest
        shutil.copytree(tmp_path / "here", tmp_path / "there")
        there = tmp_path / "there"
        assert inspect_library(find_files([str(there)])).digest == before
        assert inspect_library(find_files([f"{there}/b.smi", str(there)])).digest != before
        written(there / "b.smi", "CN c\n")
        assert inspect_library(find_files([str(there)])).digest != before

    def test_members_of_a_gzip_file_and_long_files_are_counted(self, tmp_path: Path) -> None:
        text = sdf_text(MOLECULES).encode()
        path = tmp_path / "members.sdf.gz"
        path.write_bytes(gzip.compress(text) * 3 + gzip.compress(text * 1000))
        assert inspect_library(find_files([str(path)])).records == 6 * 1003
        assert len(records_of(path)) == 6 * 1003

    def test_a_file_that_is_gone_is_refused(self, tmp_path: Path) -> None:
        files = find_files([str(written(tmp_path / "a.smi", "CCO a\n"))])
        files[0].path.unlink()
        with pytest.raises(FileUnreadable, match="cannot be read"):
            inspect_library(files)
        (record,) = read_library(files)
        assert "no such file" in record.problem


def test_columns_are_checked_before_the_first_record(tmp_path: Path) -> None:
    written(tmp_path / "a.smi", "CCO a\n")
    written(tmp_path / "b.csv", "compound,weight\na,46\n")
    files = find_files([str(tmp_path)])
    with pytest.raises(FileUnreadable, match=r"--smiles-column.*compound, weight"):
        read_library(files)
    with pytest.raises(UsageError, match=r"--smiles-column smi: .*b\.csv has no such column"):
        read_library(files, smiles_column="smi")
