"""Raw files of each kind to rows; the expected values are worked by hand."""

from __future__ import annotations

import io
import math
import shutil
import tarfile
from pathlib import Path

import pytest

from data_prep.sources.activities import read_bindingdb, read_chembl
from data_prep.sources.archive import unpack
from data_prep.sources.compounds import read_compounds
from data_prep.sources.detect import detect
from data_prep.sources.known_columns import recognise, row_affinities
from data_prep.sources.paths_table import read_paths_table
from data_prep.sources.pdbbind import read_pdbbind
from data_prep.sources.pdbbind_index import IndexLine, read_pdbbind_index
from data_prep.sources.row import SourceOptions, SourceRow
from data_prep.sources.structure_folder import structures_by_id
from data_prep.sources.table_file import iterate_rows
from molattn.errors import FileUnreadable, InputError, UsageError
from molattn.train.affinity import Affinity, Refusal

INDEX = """# PDB code, resolution, release year, -logKd/Ki, Kd/Ki, reference, ligand name
3zzf  2.20  2012   0.40  Ki=400mM      // 3zzf.pdf (NLG)
1abc  NMR   1999   8.00  Kd<10nM       // 1abc.pdf (5-mer) covalent complex
2def  1.90  2005   6.49  IC50~3.2e-7M  // 2def.pdf (LIG)
4ghi  2.00  2010   5.00  Kd=10nM       // 4ghi.pdf (XYZ)
5jkl  2.00  2010   Ki=2uM // 5jkl.pdf (ABC)
6mno  2.00  2010   7.25
7pqr  2.00  2010   4.00  Ka=1e4M-1     // 7pqr.pdf (ABC)
this line is broken
"""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def structure(folder: Path, *names: str) -> None:
    for name in names:
        write(folder / name, "x\n")


def test_lines_of_a_pdbbind_index(tmp_path: Path) -> None:
    lines = list(read_pdbbind_index(write(tmp_path / "INDEX_general_PL_data.2020", INDEX)))
    first, second, third, fourth, fifth, sixth, seventh, broken = lines
    assert first == IndexLine(
        "3zzf", "2.20", "2012", Affinity(3 - math.log10(400), "=", "Ki"), "NLG"
    )
    assert second == IndexLine(
        "1abc", "NMR", "1999", Affinity(8.0, "<", "Kd"), "5-mer", "covalent complex"
    )
    assert isinstance(third, IndexLine)
    assert third.affinity == Affinity(7 - math.log10(3.2), "~", "IC50")
    assert third.disagrees == ""
    assert isinstance(fourth, IndexLine)  # what is written counts, and the difference is named
    assert fourth.affinity == Affinity(8.0, "=", "Kd") and fourth.disagrees == "5.00"
    assert isinstance(fifth, IndexLine)  # the layout without a column of pK
    assert fifth.affinity == Affinity(6 - math.log10(2), "=", "Ki")
    assert isinstance(sixth, IndexLine) and sixth.affinity == Affinity(7.25)
    assert isinstance(seventh, IndexLine)
    assert seventh.affinity == Refusal("measure is no affinity", "Ka")
    assert broken == Refusal("line of the index is not readable", "this line is broken")


def test_a_pdbbind_folder_two_levels_deep(tmp_path: Path) -> None:
    root = tmp_path / "PDBbind"
    write(root / "index" / "INDEX_refined_data.2020", INDEX.replace("0.40", "9.99"))
    write(root / "index" / "INDEX_general_PL_data.2020", INDEX)
    folder = root / "v2020-other-PL"
    structure(folder / "3zzf", "3zzf_protein.pdb", "3zzf_pocket.pdb")
    structure(folder / "3zzf", "3zzf_ligand.sdf", "3zzf_ligand.mol2")
    structure(folder / "1abc", "1abc_pocket.pdb", "1abc_ligand.sdf")
    structure(folder / "2def", "2def_protein.pdb")
    structure(folder / "4ghi", "4ghi_ligand.mol2")
    structure(folder / "7pqr", "7pqr_protein.pdb", "7pqr_ligand.sdf")
    structure(folder / "9new", "9new_protein.pdb", "9new_ligand.sdf")
    read = read_pdbbind(root, SourceOptions())
    rows = {row.id: row for row in read.rows}
    assert list(rows) == ["3zzf", "1abc", "9new"]
    assert Path(rows["3zzf"].protein).name == "3zzf_protein.pdb"
    assert [Path(name).suffix for name in rows["3zzf"].ligands] == [".mol2", ".sdf"]
    assert rows["3zzf"].remark == "" and rows["3zzf"].resolution == "2.20"
    assert rows["1abc"].remark == "protein file is missing, pocket file taken"
    assert rows["9new"].affinity is None
    reasons = {one.id: (one.reason, one.detail) for one in read.dropped}
    assert reasons["2def"] == ("ligand file is missing", "2def_ligand.mol2 or 2def_ligand.sdf")
    assert reasons["4ghi"] == ("protein file is missing", "4ghi_protein.pdb")
    assert reasons["5jkl"][0] == "no structure files of this id"
    assert reasons["7pqr"] == ("measure is no affinity", "Ka")
    assert reasons["line 8"][0] == "line of the index is not readable"


def test_a_csv_of_labels_beside_an_archive(tmp_path: Path) -> None:
    write(tmp_path / "index.csv", "id,pK,measure,relation,year\n1ABC,8.62,Ki,<,1998.0\n")
    structure(tmp_path / "raw" / "1abc", "1abc_protein.pdb", "1abc_ligand.sdf")
    with tarfile.open(tmp_path / "complexes.tar.xz", "w:xz") as archive:
        archive.add(tmp_path / "raw" / "1abc", "1abc")
    shutil.rmtree(tmp_path / "raw")
    options = SourceOptions(unpack=tmp_path / "out" / "structures")
    assert detect(tmp_path, options) == (tmp_path, "pdbbind")
    (row,) = read_pdbbind(tmp_path, options).rows
    assert row.affinity == Affinity(8.62, "<", "Ki") and row.year == "1998"
    assert Path(row.protein) == tmp_path / "out" / "structures" / "1abc" / "1abc_protein.pdb"
    (row,) = read_pdbbind(tmp_path / "complexes.tar.xz", options).rows
    assert row.id == "1ABC"


@pytest.mark.parametrize("name", ["../outside.pdb", "/outside.pdb", "a/../../outside.pdb"])
def test_an_archive_that_points_outside_is_refused_whole(tmp_path: Path, name: str) -> None:
    path = tmp_path / "bad.tar"
    with tarfile.open(path, "w") as archive:
        for member in ("1abc/1abc_protein.pdb", name):
            entry = tarfile.TarInfo(member)
            entry.size = 1
            archive.addfile(entry, io.BytesIO(b"x"))
    with pytest.raises(InputError, match="points outside the archive"):
        unpack(path, tmp_path / "to")
    assert not (tmp_path / "to").exists()
    assert not (tmp_path / "outside.pdb").exists()


def test_an_archive_with_a_link_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.tar"
    with tarfile.open(path, "w") as archive:
        link = tarfile.TarInfo("1abc/1abc_protein.pdb")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(link)
    with pytest.raises(InputError, match="link or a device"):
        unpack(path, tmp_path / "to")


def test_a_damaged_archive_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "cut.tar.xz", "no archive at all")
    with pytest.raises(FileUnreadable, match="no readable tar archive"):
        unpack(path, tmp_path / "to")


def test_columns_are_found_by_their_usual_names() -> None:
    columns = recognise(["PDB ID", "Protein file", "Ki (nM)", "IC50_uM", "note"], {})
    assert dict(columns.names) == {"id": "PDB ID", "protein": "Protein file"}
    assert dict(columns.measured) == {"Ki (nM)": ("Ki", "nM"), "IC50_uM": ("IC50", "uM")}
    cells = {"PDB ID": "1abc", "Ki (nM)": "<2", "IC50_uM": "3", "note": "n"}
    assert row_affinities(cells, columns) == [
        Affinity(9 - math.log10(2), "<", "Ki"),
        Affinity(6 - math.log10(3), "=", "IC50"),
    ]
    assert columns.carried(cells) == {"note": "n"}


@pytest.mark.parametrize(
    ("header", "cells", "expected"),
    [
        ("pKd", "7.5", Affinity(7.5, "=", "Kd")),
        ("pK,relation,measure", "7.5,<,Ki", Affinity(7.5, "<", "Ki")),
        ("affinity", "Kd=49uM", Affinity(6 - math.log10(49), "=", "Kd")),
        ("affinity,unit,type", "49,uM,Kd", Affinity(6 - math.log10(49), "=", "Kd")),
        ("value,units,relation", "5,nM,>", Affinity(9 - math.log10(5), ">")),
        ("pK", "high", Refusal("affinity is not readable", "high")),
        ("pK", "", Refusal("no affinity given")),
    ],
)
def test_affinities_of_a_plain_table(header: str, cells: str, expected: Affinity | Refusal) -> None:
    names = header.split(",")
    row = dict(zip(names, cells.split(","), strict=True))
    assert row_affinities(row, recognise(names, {})) == [expected]


def test_a_table_of_paths(tmp_path: Path) -> None:
    text = (
        "id;protein;ligand;record;pK;my series;note\n"
        "a;p.pdb;l.sdf;0;7;s;kept\n"
        "b;p.pdb;l.sdf;1.0;;s;no label\n"
        "c;p.pdb;l.sdf;one;7;s;\n"
        "d;;l.sdf;0;7;s;\n"
        "e;p.pdb;;;7;s;\n"
        "f;p.pdb;l.sdf;2;17;s;\n"
        ";p.pdb;l.sdf;3;6;s;\n"
    )
    path = write(tmp_path / "pairs.csv", text)
    read = read_paths_table(path, SourceOptions(columns={"series": "my series"}))
    assert [row.id for row in read.rows] == ["a", "b", "row 7"]
    a, b, _ = read.rows
    assert a.protein == str(tmp_path / "p.pdb") and a.ligands == (str(tmp_path / "l.sdf"),)
    assert (a.record, a.affinity, a.series) == (0, Affinity(7.0), "s")
    assert (b.record, b.affinity, b.columns) == (1, None, {"note": "no label"})
    assert {one.id: one.reason for one in read.dropped} == {
        "c": "record is no number",
        "d": "no protein is named",
        "e": "no ligand is named",
        "f": "pK outside 0 to 16",
    }


def test_tables_beside_it_fill_in_sequences(tmp_path: Path) -> None:
    write(tmp_path / "receptors.csv", "receptor,sequence,size\nr1,MKV,9\n")
    path = write(
        tmp_path / "index.csv",
        "id,receptor,protein,ligand\na,r1,p.pdb,l.sdf\nb,r2,p.pdb,l.sdf\n",
    )
    a, b = read_paths_table(path, SourceOptions()).rows
    assert (a.sequence, b.sequence) == ("MKV", "")
    assert a.columns == {"receptor": "r1"}


def test_labels_joined_to_ligands_alone(tmp_path: Path) -> None:
    labels = write(tmp_path / "labels.csv", "id,pK,measure,fold\n1abc,6.4,Ki,3\n")
    path = write(tmp_path / "ligands.csv", "id,smiles,part,record\n1abc,CCO,x.sdf.gz,4\n")
    options = SourceOptions(join=(labels,), ligand_only=True)
    (row,) = read_paths_table(path, options).rows
    assert row.affinity == Affinity(6.4, "=", "Ki") and row.record == 4
    assert row.columns == {"fold": "3"} and row.protein == ""


def test_a_table_without_proteins_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "id,smiles\n1,CCO\n")
    with pytest.raises(UsageError, match="no column protein"):
        read_paths_table(path, SourceOptions())
    with pytest.raises(UsageError, match="no column nothing"):
        read_paths_table(path, SourceOptions(columns={"protein": "nothing"}))


BINDINGDB = {
    "BindingDB Reactant_set_id": ("1", "2", "3", "4"),
    "Ligand SMILES": ("CCO", "CCN", "CCC", "CCF"),
    "BindingDB MonomerID": ("101", "102", "103", "104"),
    "Target Name": ("Enzyme",) * 4,
    "Ki (nM)": (" >10000", "", "", "5"),
    "IC50 (nM)": ("", "5", "", ""),
    "Kd (nM)": ("", "20", "", ""),
    "EC50 (nM)": ("", "", "", ""),
    "kon (M-1-s-1)": ("", "", "3e6", ""),
    "pH": ("7.4",) * 4,
    "PDB ID(s) for Ligand-Target Complex": ("", "2XYZ", "", ""),
    "PDB ID(s) of Target Chain": ("9ZZZ,1ABC", "1ABC", "1ABC", "9ZZZ"),
    "Number of Protein Chains in Target (>1 implies a multichain complex)": ("1", "2", "1", "1"),
    "BindingDB Target Chain Sequence": ("mkv",) * 4,
}


def test_bindingdb(tmp_path: Path) -> None:
    lines = [
        "\t".join(BINDINGDB),
        *("\t".join(cells) for cells in zip(*BINDINGDB.values(), strict=True)),
    ]
    path = write(tmp_path / "BindingDB_All.tsv", "\n".join(lines) + "\n")
    structure(tmp_path / "receptors", "1abc.pdb", "2xyz_protein.pdb", "2xyz_ligand.sdf")
    options = SourceOptions(structures=tmp_path / "receptors")
    assert detect(path, options) == (path, "bindingdb")
    read = read_bindingdb(path, options)
    bound, exact, other = read.rows
    assert bound.id == "1ABC_101" and bound.affinity == Affinity(5.0, ">", "Ki")
    assert bound.sequence == "MKV" and bound.template == "" and bound.columns["pH"] == "7.4"
    # the structure of this very complex before others of the target, with its template
    assert {exact.id, other.id} == {"2XYZ_102"}
    assert Path(exact.template).name == "2xyz_ligand.sdf" and exact.sequence == ""
    assert exact.affinity == Affinity(9 - math.log10(20), "=", "Kd")
    assert other.affinity == Affinity(9 - math.log10(5), "=", "IC50")
    assert {one.id: one.reason for one in read.dropped} == {
        "1ABC_103": "no affinity given",
        "104": "no structure of this target",
    }
    with pytest.raises(UsageError, match="--structures"):
        read_bindingdb(path, SourceOptions())


CHEMBL = """"Molecule ChEMBL ID";"Smiles";"Standard Type";"Standard Relation";"Standard Value";\
"Standard Units";"pChEMBL Value";"Data Validity Comment";"Assay ChEMBL ID";"Target ChEMBL ID";\
"Assay Type";"Document Year"
CHEMBL1;CCO;Ki;'=';12;nM;7.92;;A1;CHEMBL203;B;2001.0
CHEMBL2;CCN;IC50;'>';10000;nM;;;A1;CHEMBL203;B;2001
CHEMBL3;CCC;Inhibition;'=';50;%;;;A1;CHEMBL203;B;2001
CHEMBL4;CCF;Ki;'=';12;nM;7.92;Outside typical range;A1;CHEMBL203;B;2001
CHEMBL5;CCCl;Ki;'=';3;ug.mL-1;6.5;;A1;CHEMBL203;B;2001
CHEMBL6;CCBr;Ki;'=';12;nM;9.1;;A1;CHEMBL203;B;2001
CHEMBL7;CCI;Ki;'=';12;nM;7.92;;A1;CHEMBL999;B;2001
CHEMBL8;CCS;Ki;'=';12;nM;7.92;;A1;CHEMBL203;A;2001
CHEMBL9;;Ki;'=';12;nM;7.92;;A1;CHEMBL203;B;2001
"""


def test_chembl(tmp_path: Path) -> None:
    path = write(tmp_path / "activities.csv", CHEMBL)
    table = write(
        tmp_path / "targets.csv",
        "target,protein,template,sequence\nchembl203,egfr.pdb,egfr_ligand.sdf,MKV\n",
    )
    options = SourceOptions(structures=table)
    assert detect(path, options) == (path, "chembl")
    read = read_chembl(path, options)
    first, bound, stated, doubtful = read.rows
    assert first == SourceRow(
        id="CHEMBL203_CHEMBL1",
        protein=str(tmp_path / "egfr.pdb"),
        affinity=Affinity(9 - math.log10(12), "=", "Ki"),
        template=str(tmp_path / "egfr_ligand.sdf"),
        smiles="CCO",
        sequence="MKV",
        series="A1",
        year="2001",
        columns=first.columns,
    )
    assert bound.affinity == Affinity(5.0, ">", "IC50")
    assert stated.affinity == Affinity(6.5, "=", "Ki") and "pChEMBL value taken" in stated.remark
    assert doubtful.remark == "pChEMBL value differs from the standard value"
    assert {one.id: one.reason for one in read.dropped} == {
        "CHEMBL203_CHEMBL3": "measure is no affinity",
        "CHEMBL4": "ChEMBL doubts the value: outside typical range",
        "CHEMBL7": "no structure of this target",
        "CHEMBL8": "assay is none of binding or function",
        "CHEMBL9": "no SMILES is given",
    }


def test_a_plain_table_of_compounds(tmp_path: Path) -> None:
    structure(tmp_path / "receptors" / "egfr", "protein.pdb", "template.sdf")
    path = write(
        tmp_path / "assay.csv",
        "compound,SMILES,Target,IC50 (uM),solvent\nc1,CCO,EGFR,<2,DMSO\nc2,CCN,HER2,3,\n",
    )
    options = SourceOptions(structures=tmp_path / "receptors", columns={"id": "compound"})
    assert detect(path, options) == (path, "compounds")
    read = read_compounds(path, options)
    (row,) = read.rows
    assert (row.id, row.smiles, row.series) == ("EGFR_c1", "CCO", "EGFR")
    assert row.affinity == Affinity(6 - math.log10(2), "<", "IC50")
    assert Path(row.template).name == "template.sdf" and row.columns == {
        "target": "EGFR",
        "solvent": "DMSO",
    }
    assert [(one.id, one.reason) for one in read.dropped] == [("c2", "no structure of this target")]


def test_structures_by_name_and_by_folder(tmp_path: Path) -> None:
    structure(tmp_path / "S1", "protein.pdb.gz", "template.sdf.gz")
    structure(tmp_path, "1abc-receptor.pdb", "notes.txt", "lonely.sdf")
    found = structures_by_id(tmp_path)
    assert sorted(found) == ["1abc", "s1"]
    assert Path(found["s1"].template).name == "template.sdf.gz"
    with pytest.raises(FileUnreadable, match="does not exist"):
        structures_by_id(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileUnreadable, match="holds no structure"):
        structures_by_id(tmp_path / "empty")


def test_tables_with_short_and_empty_rows_and_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_bytes(b"\xef\xbb\xbfa\tb\ta\r\n1\t2\r\n\t\t\r\n\t 3 \t4\r\n")
    assert list(iterate_rows(path)) == [{"a": "1", "b": "2"}, {"a": "4", "b": "3"}]
    with pytest.raises(FileUnreadable, match="empty"):
        list(iterate_rows(write(tmp_path / "empty.csv", "")))
