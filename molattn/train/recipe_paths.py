"""Where the files that a recipe names lie: relative to the working folder, or to another."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from molattn.train.config import TrainConfig
from molattn.train.manifest_config import ManifestConfig

_Manifest = TypeVar("_Manifest", bound=ManifestConfig)


def rooted(config: TrainConfig, root: Path) -> TrainConfig:
    """Return a recipe whose relative paths of data are relative to a folder.

    Manifests, tables of sequences, split file, packed graphs and published spectra are meant; the
    cache of graphs stays where it is.

    Parameters
    ----------
    config
        The recipe.
    root
        Folder under which its data lie.
    """
    spectra = config.memory.spectra
    if spectra is not None:
        moved = {"folder": root / spectra.folder, "ligands": root / spectra.ligands}
        spectra = spectra.model_copy(update=moved)
    split = config.split.file
    return config.model_copy(
        update={
            "data": _rooted(config.data, root),
            "sources": {name: _rooted(one, root) for name, one in config.sources.items()},
            "split": config.split.model_copy(update={"file": split and root / split}),
            "memory": config.memory.model_copy(update={"spectra": spectra}),
        }
    )


def _rooted(config: _Manifest, root: Path) -> _Manifest:
    named = {"manifest": config.manifest, "root": config.root, "sequences": config.sequences}
    named["packed"] = getattr(config, "packed", None)
    # an absolute path stays as it is: joining leaves it alone
    return config.model_copy(
        update={key: root / path for key, path in named.items() if path is not None}
    )
