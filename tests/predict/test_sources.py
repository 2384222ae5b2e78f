"""Files are read once while they stay as they are."""

from __future__ import annotations

from pathlib import Path

from molattn.predict.sources import Sources
from molattn.resources import example


def test_a_protein_file_written_anew_is_read_anew(tmp_path: Path) -> None:
    files = example("1s3v")
    path = tmp_path / "protein.pdb"
    lines = files.protein.read_text().splitlines(keepends=True)
    path.write_text("".join(lines))
    sources = Sources()
    before = sources.protein(path)
    atoms = [line for line in lines if line.startswith("ATOM")]
    path.write_text("".join(atoms[: len(atoms) // 2]))
    assert len(sources.protein(path).atoms) < len(before.atoms)
