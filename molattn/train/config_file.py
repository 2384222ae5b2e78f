"""Reading a YAML file into a pydantic model, with sentences instead of stack traces."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from molattn.errors import ConfigError, FileUnreadable

Model = TypeVar("Model", bound=BaseModel)


def read_config(path: str | Path, model: type[Model]) -> Model:
    """Read a YAML file into ``model``.

    Raises
    ------
    FileUnreadable
        The file is missing, a directory or not text.
    ConfigError
        The file is not YAML, or a key or value is not understood; the message names the key and,
        for an unknown key, the nearest known one.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileUnreadable(f"{path} cannot be read as a configuration: {error}.") from error
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"{path} is not valid YAML: {reason}.") from error
    if not isinstance(values, Mapping):
        raise ConfigError(f"{path} holds no keys; a configuration is a mapping of key to value.")
    return parse_config(values, model, source=str(path))


def parse_config(values: Mapping[str, Any], model: type[Model], *, source: str) -> Model:
    """Validate ``values`` as ``model``; ``source`` names them in the messages.

    Raises
    ------
    ConfigError
        A key or a value is not understood.
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        sentences = [_sentence(dict(item), model) for item in error.errors()]
        raise ConfigError(f"{source}: " + " ".join(sentences)) from error


def write_config(config: BaseModel, path: str | Path) -> None:
    """Write a configuration as YAML, every default spelled out."""
    text = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    Path(path).write_text(text, encoding="utf-8")


def _sentence(item: Mapping[str, Any], model: type[BaseModel]) -> str:
    """Return one sentence for one pydantic error."""
    location = tuple(item["loc"])
    dotted = ".".join(str(part) for part in location)
    if item["type"] == "extra_forbidden":
        known = _keys_at(model, location[:-1])
        nearest = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.5)
        hint = f"did you mean {nearest[0]}?" if nearest else f"known keys are {', '.join(known)}."
        return f"unknown key {dotted}: {hint}"
    if item["type"] == "missing":
        return f"the key {dotted} is missing."
    message = str(item["msg"])
    return f"{dotted} is {item['input']!r}: {message[:1].lower()}{message[1:]}."


def _keys_at(model: type[BaseModel], location: tuple[Any, ...]) -> list[str]:
    """Return the keys that ``model`` knows at a nested location."""
    current: type[BaseModel] | None = model
    for part in location:
        field = current.model_fields.get(str(part)) if current is not None else None
        current = _model_in(field.annotation) if field is not None else None
    return sorted(current.model_fields) if current is not None else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the pydantic model named by an annotation, also inside ``X | None``."""
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None
