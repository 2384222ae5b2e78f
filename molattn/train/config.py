"""The configuration of a training run, as it stands in a YAML of ``configs/``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from molattn.model.config import NetworkConfig
from molattn.model.members import MemberKind
from molattn.train.config_file import read_config
from molattn.train.manifest_config import DataConfig, SourceConfig
from molattn.train.memory_config import MemoryConfig
from molattn.train.section import Section


class SplitConfig(Section):
    """How complexes are divided, whole protein clusters at a time.

    Attributes
    ----------
    file
        Take folds, clusters and rows left out from this CSV (see ``data_prep/splits.py``) instead
        of computing them.
    ligand_similarity
        Tanimoto similarity from which a ligand is left out of the training of the folds that hold
        out one like it; null leaves out none.
    folds
        Number of folds of the cross-validation.
    identity
        Fraction of identical residues from which two proteins are one cluster.
    coverage
        Fraction of the shorter sequence that the alignment must span.
    validation
        Fraction of the labelled training complexes set aside to watch the training.
    seed
        Breaks ties between folds; apart from the run's seed, so that members of an ensemble have
        the same folds.
    """

    file: Path | None = None
    ligand_similarity: float | None = Field(default=0.9, gt=0.0, le=1.0)
    folds: int = Field(default=5, ge=2)
    identity: float = Field(default=0.4, gt=0.0, le=1.0)
    coverage: float = Field(default=0.5, gt=0.0, le=1.0)
    validation: float = Field(default=0.05, ge=0.0, lt=0.5)
    seed: int = Field(default=0, ge=0)


class OptimiserConfig(Section):
    """AdamW with a linear warm-up and a cosine to zero.

    Attributes
    ----------
    warmup
        Fraction of all steps over which the learning rate rises from zero.
    gradient_clip
        Largest norm of the gradient.
    """

    learning_rate: float = Field(default=2e-3, gt=0.0)
    weight_decay: float = Field(default=1e-2, ge=0.0)
    epochs: int = Field(default=20, ge=1)
    warmup: float = Field(default=0.05, ge=0.0, lt=1.0)
    gradient_clip: float = Field(default=1.0, gt=0.0)
    batch_size: int = Field(default=32, ge=1)


class LossConfig(Section):
    """Weights of the losses.

    Attributes
    ----------
    likelihood
        Negative log-likelihood of the distances of native poses; needs the token ``likelihood``.
    physics
        Pull of learned physical parameters towards their sane values; needs ``physics: learned``.
    attention
        Attention of the last block on what touches, by rules on atoms and distances.
    interactions, rmsd
        Kinds of interaction of contacts, RMSD of a pose; each needs its auxiliary head.
    pose_ranking
        Poses of one complex in order of their RMSD, by the pose head.
    energy_ranking
        The same by the learned physical energy itself; needs ``physics: learned``.
    series_ranking, series_difference
        Order and differences of pK within a congeneric series.
    masked
        Recovering masked atoms and residues; needs the heads ``atom_type`` and ``residue_type``.
    displacement
        Where the atoms of a moved ligand should go; needs its auxiliary head.
    altered
        Share of the steps that are spent on masked and moved complexes, if either is asked for.
    mask_share
        Share of atoms and residues that are masked.
    shift
        Å by which ligands are moved.
    beta
        Error in pK where the losses of affinity turn linear.
    """

    affinity: float = Field(default=1.0, ge=0.0)
    spread: float = Field(default=0.1, ge=0.0)
    pose: float = Field(default=0.2, ge=0.0)
    likelihood: float = Field(default=0.0, ge=0.0)
    physics: float = Field(default=0.0, ge=0.0)
    attention: float = Field(default=0.0, ge=0.0)
    interactions: float = Field(default=0.0, ge=0.0)
    rmsd: float = Field(default=0.0, ge=0.0)
    pose_ranking: float = Field(default=0.0, ge=0.0)
    energy_ranking: float = Field(default=0.0, ge=0.0)
    series_ranking: float = Field(default=0.0, ge=0.0)
    series_difference: float = Field(default=0.0, ge=0.0)
    masked: float = Field(default=0.0, ge=0.0)
    displacement: float = Field(default=0.0, ge=0.0)
    altered: float = Field(default=0.25, ge=0.0, le=1.0)
    mask_share: float = Field(default=0.15, gt=0.0, lt=1.0)
    shift: float = Field(default=0.7, gt=0.0)
    beta: float = Field(default=0.5, gt=0.0)


class PoseConfig(Section):
    """Moved poses that teach the pose head.

    Attributes
    ----------
    decoys_per_complex
        Moved poses made of each complex.
    near_fraction
        Fraction of them that are near-native.
    near, far
        Ranges of RMSD from the crystal pose in Å; below 2 Å counts as near-native.
    per_labelled
        Pose-only graphs drawn in an epoch for each labelled complex in it.
    together
        Poses of one complex among them that come into the same step to be compared.
    tries
        Perturbations tried together, of which the least clashing is kept.
    seed
        Of the perturbations; apart from the run's seed, so that the members of an ensemble share
        their graphs.
    """

    decoys_per_complex: int = Field(default=3, ge=0)
    near_fraction: float = Field(default=0.34, ge=0.0, le=1.0)
    near: tuple[float, float] = (0.3, 1.5)
    far: tuple[float, float] = (2.5, 8.0)
    per_labelled: float = Field(default=1.0, ge=0.0)
    together: int = Field(default=1, ge=1)
    tries: int = Field(default=8, ge=1)
    seed: int = Field(default=0, ge=0)


class CheckpointConfig(Section):
    """How often the state is saved; the last ``keep`` are kept."""

    every_steps: int = Field(default=50, ge=1)
    keep: int = Field(default=2, ge=1)


class TrainerConfig(Section):
    """The machine and what is logged beside the CSV file.

    Attributes
    ----------
    accelerator
        Where to train; only the processor repeats a training bit for bit.
    threads
        Threads of the processor.
    validate_every
        Epochs from one look at the validation part to the next.
    tensorboard
        Also log for TensorBoard.
    """

    accelerator: Literal["cpu", "gpu", "auto"] = "cpu"
    threads: int = Field(default=2, ge=1)
    validate_every: int = Field(default=1, ge=1)
    tensorboard: bool = False


class FamiliarityConfig(Section):
    """How familiar a complex must be for the ``known_weight`` of the members.

    Attributes
    ----------
    low, high
        Likeness to the nearest measured complex, 0 to 1: up to ``low`` members have their
        ``weight``, from ``high`` on their ``known_weight``.
    """

    low: float = Field(default=0.4, ge=0.0, lt=1.0)
    high: float = Field(default=0.8, gt=0.0, le=1.0)


class MemberConfig(Section):
    """One member of an ensemble: what differs from the recipe around it.

    Attributes
    ----------
    kind
        ``network`` attends to the contacts of poses; ``memory`` sees counts of element pairs and
        the ligand; ``kernel`` compares both with those of measured complexes.
    weight
        Share of the answer; members without one share what the others leave, equally.
    known_weight
        Share where like complexes were measured, see :mod:`molattn.model.mixing`; with none given
        the shares are the same everywhere.
    seed
        Of the member's parameters, batches and dropout.
    network, optimiser, loss, pose, memory
        Keys of those sections that are other than in the recipe.
    sources
        Further sources that the member is trained on, all of the recipe's if not given; it answers
        for the others as well.
    """

    kind: MemberKind = "network"
    weight: float | None = Field(default=None, ge=0.0, le=1.0)
    known_weight: float | None = Field(default=None, ge=0.0, le=1.0)
    seed: int = Field(default=0, ge=0)
    network: dict[str, Any] = Field(default_factory=dict)
    optimiser: dict[str, Any] = Field(default_factory=dict)
    loss: dict[str, Any] = Field(default_factory=dict)
    pose: dict[str, Any] = Field(default_factory=dict)
    memory: dict[str, Any] = Field(default_factory=dict)
    sources: tuple[str, ...] | None = None


class TrainConfig(Section):
    """A whole training run; with ``members`` the recipe of an ensemble."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    seed: int = Field(default=0, ge=0)
    data: DataConfig
    sources: dict[str, SourceConfig] = Field(default_factory=dict)
    split: SplitConfig = SplitConfig()
    network: NetworkConfig = NetworkConfig()
    optimiser: OptimiserConfig = OptimiserConfig()
    loss: LossConfig = LossConfig()
    pose: PoseConfig = PoseConfig()
    checkpoint: CheckpointConfig = CheckpointConfig()
    trainer: TrainerConfig = TrainerConfig()
    memory: MemoryConfig = MemoryConfig()
    members: dict[str, MemberConfig] = Field(default_factory=dict)
    familiarity: FamiliarityConfig = FamiliarityConfig()

    @model_validator(mode="after")
    def _losses_have_their_heads(self) -> TrainConfig:
        """Refuse a loss about something that the network does not answer."""
        heads = self.network.auxiliary
        present = {
            "likelihood": "likelihood" in self.network.tokens,
            "physics": self.network.physics == "learned",
            "energy_ranking": self.network.physics == "learned",
            "interactions": "interactions" in heads,
            "rmsd": "rmsd" in heads,
            "masked": {"atom_type", "residue_type"} <= set(heads),
            "displacement": "displacement" in heads,
        }
        for name, there in present.items():
            if getattr(self.loss, name) and not there:
                raise ValueError(
                    f"loss.{name} is above zero, but the network has no part that it is about; "
                    "set network.tokens, network.physics or network.auxiliary, or the loss to 0"
                )
        return self


def load_config(path: str | Path) -> TrainConfig:
    """Read the configuration of a training run.

    Raises
    ------
    FileUnreadable
        The file cannot be read.
    ConfigError
        A key or a value is not understood.
    """
    return read_config(path, TrainConfig)
