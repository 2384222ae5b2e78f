"""The manifest: labels, filters and refusals."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from molattn.errors import ConfigError, FileUnreadable, InputError
from molattn.train.config import DataConfig
from molattn.train.manifest import manifest_hash, read_manifest

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
    ],
)
def test_refusals(
    change: tuple[str, str], error: type[Exception], message: str, tmp_path: Path
) -> None:
    config = config_of(tmp_path, TEXT.replace(*change), drop_labels={"relation": ("<",)})
    with pytest.raises(error, match=message):
        read_manifest(config)


def test_nothing_left_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no row is left"):
        read_manifest(config_of(tmp_path, drop={"metal_site": ("0", "1", "2")}))
    with pytest.raises(FileUnreadable, match=r"nowhere\.csv"):
        read_manifest(DataConfig(manifest=tmp_path / "nowhere.csv"))
