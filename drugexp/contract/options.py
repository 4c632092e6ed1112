"""Options of models and plugins: typed, documented, unknown ones refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from drugexp.errors import UsageError, unknown


class Options(BaseModel):
    """Base of every options class: frozen, and strict about names.

    Examples
    --------
    >>> class Ridge(Options):
    ...     penalty: float = 1.0
    >>> parse_options(Ridge, {"penalty": 3}).penalty
    3.0
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)


def _names_beside(cls: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """Return the names that are valid where a wrong one stands, with the path to them."""
    for part in loc[:-1]:
        cls = cls if isinstance(part, int) else _options_in(cls.model_fields[part].annotation) or cls
    return [".".join(map(str, (*loc[:-1], name))) for name in cls.model_fields]


def _options_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _options_in(inner))), None)


T = TypeVar("T", bound=BaseModel)


def parse_options(cls: type[T], given: Mapping[str, Any] | BaseModel | None, *, where: str | None = None) -> T:
    """Return validated options.

    Parameters
    ----------
    cls
        The options class.
    given
        Names and values; None means the defaults.
    where
        What the options belong to, for the message.

    Raises
    ------
    UsageError
        Naming the option, what came, and the nearest valid names.
    """
    if isinstance(given, cls):
        return given
    values = given.model_dump() if isinstance(given, BaseModel) else dict(given or {})
    try:
        return cls.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "options"
        if first["type"] == "extra_forbidden":
            raise UsageError(unknown("option", name, _names_beside(cls, first["loc"])), where=where) from None
        raise UsageError(f"option {name} = {first.get('input')!r}: {first['msg']}", where=where) from None
