"""The recipe of each member of an ensemble, from the recipe of the whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from molattn.errors import ConfigError
from molattn.model.mixing import Mixing, Span
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


def member_mixing(config: TrainConfig) -> Mixing:
    """Return what each member counts, where nothing and where much is alike.

    Raises
    ------
    ConfigError
        As :func:`member_weights`, or the span of familiarity does not grow.
    """
    given = {name: one.weight for name, one in config.members.items()}
    known = {name: one.known_weight for name, one in config.members.items()}
    new = member_weights(given)
    graded = any(one is not None for one in known.values())
    span = Span(config.familiarity.low, config.familiarity.high)
    try:
        return Mixing(new, member_weights(known) if graded else new, span)
    except ValueError as error:
        raise ConfigError(f"familiarity: {error}") from error


def member_weights(wanted: Mapping[str, float | None]) -> dict[str, float]:
    """Return the share of each member in the answer; they sum to 1.

    Parameters
    ----------
    wanted
        Member → its weight, None for a share of what the others leave.

    Raises
    ------
    ConfigError
        The given weights are more than 1 in all, or less with nobody to take the rest.
    """
    given = {name: one for name, one in wanted.items() if one is not None}
    free = [name for name in wanted if name not in given]
    rest = 1.0 - sum(given.values())
    if rest < -1e-9 or (not free and abs(rest) > 1e-9):
        raise ConfigError(
            f"members: the weights sum to {1.0 - rest:g}; they must sum to 1, or leave some of it "
            "to members without a weight."
        )
    return {name: given.get(name, max(rest, 0.0) / max(len(free), 1)) for name in wanted}


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
