"""The manifest: labels, filters and refusals."""

from __future__ import annotations

import ast
import gzip
import math
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from molattn.errors import ConfigError, FileUnreadable, InputError, PocketEmpty
from molattn.train import graph_cache
from molattn.train.complex_graphs import complex_graphs
from molattn.train.config import PoseConfig
from molattn.train.graph_cache import files_hash
from molattn.train.manifest import manifest_hash, read_manifest
from molattn.train.manifest_config import DataConfig

TEXT = """id,protein,ligand,pK,relation,metal_site,sequence
a,p/a.pdb,l/a.sdf,6.5,=,0,MKV
b,p/b.pdb,l/b.sdf,4.0,<,0,MKV
c,p/c.pdb,l/c.sdf,,,2,mkl
d,p/d.pdb,l/d.sdf,,,1,
"""


def config_of(folder: Path, text: str = TEXT, **more: Any) -> DataConfig:
    path = folder / "index.csv"
    path.write_text(text)
    return DataConfig(manifest=path, **more)


def test_rows_filters_and_labels(tmp_path: Path) -> None:
    config = config_of(tmp_path, drop={"metal_site": ("2",)}, drop_labels={"relation": ("<",)})
    rows = read_manifest(config)
    assert [row.id for row in rows] == ["a", "b", "d"]
    assert [row.labelled for row in rows] == [True, False, False]
    assert rows[0].pK == 6.5
    assert math.isnan(rows[1].pK)
    assert rows[0].protein == tmp_path / "p" / "a.pdb"
    assert rows[0].columns["relation"] == "="


def test_hash_follows_ids_labels_and_sequences(tmp_path: Path) -> None:
    first = manifest_hash(read_manifest(config_of(tmp_path)))
    assert first == manifest_hash(read_manifest(config_of(tmp_path)))
    changed = manifest_hash(read_manifest(config_of(tmp_path, TEXT.replace("6.5", "6.6"))))
    assert first != changed


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (("6.5", "high"), InputError, "pK of a is 'high', not a number"),
        (("b,p", "a,p"), InputError, "the id a stands in two rows"),
        (("relation", "other"), ConfigError, "has no column relation"),
        (("metal_site", "record"), InputError, "record of b is '-1'; give a whole number"),
    ],
)
def test_refusals(
    change: tuple[str, str], error: type[Exception], message: str, tmp_path: Path
) -> None:
    text = TEXT.replace("<,0", "<,-1").replace(*change)
    config = config_of(tmp_path, text, drop_labels={"relation": ("<",)})
    with pytest.raises(error, match=message):
        read_manifest(config)


def test_records_groups_and_smiles_are_optional(tmp_path: Path) -> None:
    plain = read_manifest(config_of(tmp_path))
    assert [(row.record, row.group, row.smiles) for row in plain] == [(0, "", "")] * 4
    text = TEXT.replace("relation", "record").replace("metal_site", "series")
    text = text.replace("=", "3").replace("<", "2.0").replace("sequence", "smiles")
    rows = read_manifest(config_of(tmp_path, text))
    assert [row.record for row in rows] == [3, 2, 0, 0]
    assert [row.group for row in rows] == ["0", "0", "2", "1"]
    assert rows[0].smiles == "MKV"
    assert read_manifest(config_of(tmp_path, text, group_column="record"))[0].group == "3"
    assert manifest_hash(rows) != manifest_hash(plain)


def test_labels_may_be_absent_where_none_are_needed(tmp_path: Path) -> None:
    config = config_of(tmp_path, label_column="affinity")
    with pytest.raises(ConfigError, match="no column affinity"):
        read_manifest(config)
    assert not any(row.labelled for row in read_manifest(config, need_labels=False))


def test_a_gzipped_manifest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "index.csv.gz"
    path.write_bytes(gzip.compress(TEXT.encode()))
    assert len(read_manifest(DataConfig(manifest=path))) == 4


def test_graphs_are_of_the_record_and_named_by_it(tmp_path: Path) -> None:
    examples = Path(str(files("molattn.resources"))) / "examples"
    poses = tmp_path / "poses.sdf"
    poses.write_text(
        "".join((examples / f"{name}_ligand.sdf").read_text() for name in ("1of6", "1s3v"))
    )
    protein = examples / "1s3v_protein.pdb"
    text = f"id,protein,ligand,record,pK\na,{protein},{poses},0,5\nb,{protein},{poses},1,6\n"
    first, second = read_manifest(config_of(tmp_path, text))
    config = PoseConfig(decoys_per_complex=0)
    with pytest.raises(PocketEmpty):  # the first record lies in another protein
        complex_graphs(first, config)
    (made,) = complex_graphs(second, config)
    assert len(made.graph["ligand"].position) == 27  # heavy atoms of the ligand of 1s3v
    same = replace(second, record=0)
    assert files_hash((second,)) != files_hash((same,))


def test_cache_key_covers_the_code_that_moves_poses() -> None:
    package = Path(str(files("molattn")))
    reached, todo = set(), ["pose/perturb.py"]
    while todo:
        name = todo.pop()
        reached.add(name)
        for node in ast.walk(ast.parse((package / name).read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("molattn.pose."):
                found = f"pose/{str(node.module).rsplit('.', 1)[1]}.py"
                todo += [found] if found not in reached else []
    assert reached <= set(graph_cache._SOURCES)


def test_nothing_left_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no row is left"):
        read_manifest(config_of(tmp_path, drop={"metal_site": ("0", "1", "2")}))
    with pytest.raises(FileUnreadable, match=r"nowhere\.csv"):
        read_manifest(DataConfig(manifest=tmp_path / "nowhere.csv"))
