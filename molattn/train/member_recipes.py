"""The recipe of each member of an ensemble, from the recipe of the whole."""

from __future__ import annotations

from typing import Any

from molattn.errors import ConfigError
from molattn.train.config import MemberConfig, TrainConfig
from molattn.train.config_file import parse_config


def member_recipe(config: TrainConfig, name: str) -> TrainConfig:
    """Return the recipe by which one member is trained.

    Raises
    ------
    ConfigError
        The member names a source or a key that does not exist.
    """
    member = config.members[name]
    values: dict[str, Any] = config.model_dump(mode="json", exclude={"members"})
    values["name"] = f"{config.name}-{name}"
    values["seed"] = member.seed
    for section in ("network", "optimiser", "loss", "pose", "memory"):
        values[section] |= getattr(member, section)
    values["sources"] = _sources_of(config, name, member, values["sources"])
    return parse_config(values, TrainConfig, source=f"members.{name}")


def member_weights(config: TrainConfig) -> dict[str, float]:
    """Return the share of each member in the answer; they sum to 1.

    Raises
    ------
    ConfigError
        The given weights are more than 1 in all, or less with nobody to take the rest.
    """
    given = {name: one.weight for name, one in config.members.items() if one.weight is not None}
    free = [name for name in config.members if name not in given]
    rest = 1.0 - sum(given.values())
    if rest < -1e-9 or (not free and abs(rest) > 1e-9):
        raise ConfigError(
            f"members: the weights sum to {1.0 - rest:g}; they must sum to 1, or leave some of it "
            "to members without a weight."
        )
    return {name: given.get(name, max(rest, 0.0) / max(len(free), 1)) for name in config.members}


def _sources_of(
    config: TrainConfig, name: str, member: MemberConfig, sources: dict[str, Any]
) -> dict[str, Any]:
    if member.sources is None:
        return sources
    unknown = [one for one in member.sources if one not in config.sources]
    if unknown:
        raise ConfigError(
            f"members.{name}.sources names {', '.join(unknown)}; the recipe has "
            f"{', '.join(config.sources) or 'no sources'}."
        )
    return {
        one: values if one in member.sources else {**values, "drawn": 0.0}
        for one, values in sources.items()
    }
