"""The search space of a model: what it declares, as far as it is left open, and what the user adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drugexp.contract import OneOf, Options, Span, parse_options
from drugexp.errors import UsageError, unknown
from drugexp.evaluate.tuning.settings import Range, Search
from drugexp.learn.models import Builder
from drugexp.learn.recipe import ModelChoice

Space = Mapping[str, Span | OneOf]
Point = Mapping[str, Any]
"""Option (dotted where nested) -> value."""


def space_of(choice: ModelChoice, search: Search, builder: Builder) -> dict[str, Span | OneOf]:
    """Return what is searched, by option.

    Parameters
    ----------
    choice
        The model; the options that it sets are fixed, unless the search names them.
    search
        What the user says of the space.
    builder
        Builds the model.

    Raises
    ------
    UsageError
        If the model or an option is unknown, or nothing is left to search.
    """
    model, options = builder.build(choice.name, choice.options)
    ask = getattr(model, "search_space", None)
    declared = {} if ask is None else dict(ask(options))
    where = f"model {choice.name!r}"
    fixed = [name for name in declared if _is_set(choice.options, name) and name not in search.space]
    found = {name: values for name, values in declared.items() if name not in fixed}
    for name, told in search.space.items():
        _known(options, name, where)
        found[name] = Span(**told.model_dump()) if isinstance(told, Range) else OneOf(told)
        for share in (0, 0.37, 1):
            parse_options(model.Options, with_point(choice.options, {name: found[name].at(share)}), where=where)
    if search.path and search.path not in found:
        raise UsageError(unknown("option that is searched", search.path, found), where=f"{where}, path")
    if search.path:
        return {search.path: found[search.path]}
    if found:
        return found
    if declared:
        raise UsageError("all options that could be searched are set", where=where, hint="Leave some out.")
    raise UsageError(
        "it declares no search space", where=where, hint='Name what is to be searched under "[tune.space]".'
    )


def with_point(options: Mapping[str, Any], point: Point) -> dict[str, Any]:
    """Return options with the values of a point, nested where its names are dotted.

    >>> with_point({"rank": 3, "cell": {"share": 0.1}}, {"cell.length": 2.0})
    {'rank': 3, 'cell': {'share': 0.1, 'length': 2.0}}
    """
    found = dict(options)
    for name, value in point.items():
        first, _, rest = name.partition(".")
        found[first] = with_point(found.get(first) or {}, {rest: value}) if rest else value
    return found


def starts_of(space: Space, options: Options, search: Search) -> list[dict[str, Any]]:
    """Return the points that are tried first: all of a path, else the one of `start_of`."""
    if not search.path:
        return [start_of(space, options)]
    values = space[search.path]
    if isinstance(values, OneOf):
        return [{search.path: value} for value in values.values]
    steps = [values.at(step / (search.points - 1)) for step in range(search.points)]
    return [{search.path: value} for value in dict.fromkeys(steps)]


def start_of(space: Space, options: Options) -> dict[str, Any]:
    """Return the point at which the model stands before it is tuned; an option outside of its span is left out."""
    return {name: value for name, values in space.items() if (value := _value(options, name)) in values}


def as_json(space: Space) -> dict[str, Any]:
    """Return the space as plain values, to compare and to show."""
    return {
        name: list(values.values)
        if isinstance(values, OneOf)
        else {"low": values.low, "high": values.high, "log": values.log, "whole": values.whole}
        for name, values in space.items()
    }


def _is_set(options: Mapping[str, Any], name: str) -> bool:
    first, _, rest = name.partition(".")
    if first not in options:
        return False
    return not rest or not isinstance(options[first], Mapping) or _is_set(options[first], rest)


def _known(options: Options, name: str, where: str) -> None:
    beside: Any = options
    *folders, last = name.split(".")
    for at, part in enumerate([*folders, last]):
        if not isinstance(beside, Options) or part not in type(beside).model_fields:
            names = type(beside).model_fields if isinstance(beside, Options) else ()
            full = [".".join([*folders[:at], n]) for n in names]
            raise UsageError(unknown("option", name, full), where=f"{where}, space of the search")
        beside = getattr(beside, part)


def _value(options: Any, name: str) -> Any:
    for part in name.split("."):
        options = getattr(options, part)
    return options
