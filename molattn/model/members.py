"""The kinds of members that an ensemble can have, and how each is built from its configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel
from torch import nn

from molattn.model.config import NetworkConfig
from molattn.model.kernel_memory import KernelMemory, KernelMemoryConfig
from molattn.model.memory_network import MemoryNetwork, MemoryNetworkConfig
from molattn.model.network import Network

MemberKind = Literal["network", "memory", "kernel"]

CONFIGS: Final[Mapping[MemberKind, type[BaseModel]]] = {
    "network": NetworkConfig,
    "memory": MemoryNetworkConfig,
    "kernel": KernelMemoryConfig,
}


def build_member(kind: MemberKind, config: Mapping[str, Any] | BaseModel) -> nn.Module:
    """Build a member with fresh parameters.

    Parameters
    ----------
    kind
        ``network`` attends to the contacts of a pose; ``memory`` sees counts of element pairs and
        the ligand; ``kernel`` compares both with those of measured complexes.
    config
        Configuration of that kind, or its values.

    Raises
    ------
    ValueError
        If there is no such kind, or the configuration is not of it.
    """
    if kind not in CONFIGS:
        raise ValueError(f"there is no kind of member called {kind!r}")
    settings = config if isinstance(config, BaseModel) else CONFIGS[kind].model_validate(config)
    if isinstance(settings, MemoryNetworkConfig):
        return MemoryNetwork(settings)
    if isinstance(settings, KernelMemoryConfig):
        return KernelMemory(settings)
    if isinstance(settings, NetworkConfig):
        return Network(settings)
    raise ValueError(f"{type(settings).__name__} is no configuration of the kind {kind!r}")
