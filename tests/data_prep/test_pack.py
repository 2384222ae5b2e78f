"""Packed training sets: nothing is lost that the network sees, and structures are not needed."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import torch

from data_prep import pack
from molattn.errors import FileUnreadable
from molattn.graph import ComplexGraph, collate, store
from molattn.graph import pack as pack_graphs
from molattn.graph.compact import CompactGraphs, compact, join
from molattn.graph.fields import FIELDS
from molattn.predict.weights import load_weights
from molattn.train.config import TrainConfig
from molattn.train.dataset import Dataset, load_dataset
from molattn.train.manifest import read_manifest
from molattn.train.packed_file import read_packed_file
from molattn.train.prepare import prepare

EXAMPLES = Path(str(files("molattn.resources"))) / "examples"


def write_manifest(folder: Path) -> Path:
    lines = ["id,protein,ligand,pK,sequence"]
    for number, name in enumerate(("1ia1", "1of6", "1s3v", "1uou")):
        protein = next(EXAMPLES.glob(f"{name}_protein.pdb*"))
        ligand = EXAMPLES / f"{name}_ligand.sdf"
        lines.append(f"{name},{protein},{ligand},{5 + number},{'ACDE'[number] * 60}")
    lines.append(f"lost,{folder / 'none.pdb'},{folder / 'none.sdf'},5.0,{'HIKL' * 20}")
    path = folder / "index.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a manifest and two packs of it."""
    made = tmp_path_factory.mktemp("pack")
    manifest = write_manifest(made)
    for name, more in (("half", ["--half"]), ("whole", [])):
        out = made / f"{name}.safetensors"
        arguments = [str(manifest), "--out", str(out), "--cache", str(made / "cache")]
        assert pack.main([*arguments, "--decoys", "2", *more]) == 0
    return made


def config_of(folder: Path, packed: str | None = None) -> TrainConfig:
    return TrainConfig.model_validate(
        {
            "name": "packed",
            "data": {
                "manifest": folder / "index.csv",
                "cache": folder / "cache",
                "workers": 1,
                "packed": folder / packed if packed else None,
            },
            "pose": {"decoys_per_complex": 2},
            "split": {"folds": 2},
        }
    )


def graphs_of(folder: Path, packed: str | None = None) -> Dataset:
    config = config_of(folder, packed)
    return load_dataset(config, read_manifest(config.data), quiet=True)


def same(first: ComplexGraph, second: ComplexGraph) -> bool:
    return all(
        torch.equal(store(first, field.level)[field.key], store(second, field.level)[field.key])
        for field in FIELDS
    )


def test_whole_precision_gives_back_every_bit(folder: Path) -> None:
    built, packed = graphs_of(folder), graphs_of(folder, "whole.safetensors")
    assert built.examples == packed.examples
    assert len(built) == 12
    assert all(same(built.graph(one), packed.graph(one)) for one in range(len(built)))


def test_half_precision_moves_no_prediction(folder: Path) -> None:
    built, packed = graphs_of(folder), graphs_of(folder, "half.safetensors")
    network = load_weights()[0]
    with torch.inference_mode():
        first, second = (
            network(collate([data.graph(one) for one in range(len(data))])).pK
            for data in (built, packed)
        )
    assert (first - second).abs().max() < 0.02
    for one in range(len(built)):
        a, b = built.graph(one), packed.graph(one)
        assert (a["ligand"].position - b["ligand"].position).abs().max() <= 0.0006
        assert torch.equal(a["ligand"].atom_type, b["ligand"].atom_type)
        assert torch.equal(a["pocket_atom"].plane, b["pocket_atom"].plane)


def test_half_is_small(folder: Path) -> None:
    cached = sum(path.stat().st_size for path in (folder / "cache").rglob("*.safetensors"))
    arrays, packing = read_packed_file(folder / "half.safetensors")
    assert sum(array.nbytes for array in arrays.values()) < cached / 8
    assert packing.failures[0].id == "lost"
    assert {one: len(text) > 5 for one, text in packing.ligands.items()} == dict.fromkeys(
        ("1ia1", "1of6", "1s3v", "1uou"), True
    )


def test_a_training_needs_the_pack_and_the_manifest_only(folder: Path, tmp_path: Path) -> None:
    text = (folder / "index.csv").read_text().replace(str(EXAMPLES), "/nowhere")
    text = text.replace("1uou", "new") + "1uou,/nowhere/p.pdb,/nowhere/l.sdf,8.0,MKV\n"
    (tmp_path / "index.csv").write_text(text)
    config = config_of(tmp_path)
    data = config.data.model_copy(update={"packed": folder / "half.safetensors"})
    prepared = prepare(config.model_copy(update={"data": data}), quiet=True)
    assert {one.row for one in prepared.dataset.examples} == {0, 1, 2, 5}
    assert {one.id: one.reason[:27] for one in prepared.dataset.failures} == {
        "new": "The packed file does not ho",
        "lost": next(
            one.reason for one in read_packed_file(folder / "half.safetensors")[1].failures
        )[:27],
    }
    assert prepared.dataset.examples[0].pK == 5.0
    assert prepared.dataset.ligands["1s3v"]


def test_a_second_run_does_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "half.safetensors"
    before = out.stat().st_mtime_ns
    arguments = [str(folder / "index.csv"), "--out", str(out), "--cache", str(folder / "cache")]
    assert pack.main([*arguments, "--decoys", "2", "--half"]) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert out.stat().st_mtime_ns == before


def test_joined_parts_are_the_pack_of_all(folder: Path) -> None:
    built = graphs_of(folder)
    graphs = [built.graph(one) for one in range(len(built))]
    parts = [compact(pack_graphs(graphs[start : start + 5]), half=False) for start in (0, 5, 10)]
    once, joined = compact(pack_graphs(graphs), half=False), join(parts)
    assert joined.keys() == once.keys()
    assert all(np.array_equal(joined[key], once[key]) for key in once)
    assert joined["code.pocket_atom"].dtype == np.uint8
    assert same(CompactGraphs(joined)[-1], graphs[-1])


def test_other_files_are_refused(folder: Path, tmp_path: Path) -> None:
    shard = next((folder / "cache").rglob("*.safetensors"))
    with pytest.raises(FileUnreadable, match="no file of packed graphs"):
        read_packed_file(shard)
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes((folder / "half.safetensors").read_bytes()[:5000])
    with pytest.raises(FileUnreadable, match="no file of packed graphs"):
        read_packed_file(cut)
    arrays, _ = read_packed_file(folder / "half.safetensors")
    arrays["table.ligand"] = arrays["table.ligand"][:, 1:]
    with pytest.raises(KeyError, match="pack again"):
        CompactGraphs(arrays)
