"""One line in an author's tests: ``test_contract = conformance("my-plugin")``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest

from drugexp.contract.hooks import Kind
from drugexp.errors import DrugexpError, UsageError, unknown
from drugexp.registry import Registry, discover
from drugexp.testing.checks import rules, trial
from drugexp.testing.plugins import entries_of
from drugexp.testing.rule import ConformanceError, NotApplicableError


def conformance(
    plugin: str,
    *,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    settings: Mapping[str, Callable[[], Mapping[str, Any]]] | None = None,
    skip: Mapping[str, Mapping[str, str]] | None = None,
    registry: Registry | None = None,
) -> Callable[..., None]:
    """Return a test function with one case for each thing a plugin brings and each rule.

    Parameters
    ----------
    plugin
        The plugin's name, that of its entry point.
    options
        Thing -> options it is tried with.
    settings
        Thing -> function of no arguments that returns further settings of its
        check: ``screens`` of a model, ``items`` of a featuriser, ``files`` and ``manifest`` of a
        reader. It is called when the thing is first tried.
    skip
        Thing -> rule -> why it is not checked.
    registry
        Where the plugin is found; None: what is installed.

    Examples
    --------
    >>> test_contract = conformance("baselines", options={"svd-ridge": {"rank": 5}})
    """
    options, settings, skip = options or {}, settings or {}, skip or {}
    try:
        found = discover() if registry is None else registry
        entries = entries_of(plugin, found)
        _no_strangers(plugin, [e.declaration.name for e in entries], {**options, **settings, **skip})
    except DrugexpError as error:
        return _failing(plugin, str(error))
    homes = {(e.declaration.kind, e.declaration.name): e.qualified for e in entries}

    @cache
    def on_trial(kind: Kind, name: str) -> Any:
        more = dict(settings[name]()) if name in settings else {}
        if name in options:
            more["options"] = options[name]
        return trial(kind, homes[kind, name], registry=found, **more)

    cases = []
    for kind, name in homes:
        if kind == "reader" and name not in settings:
            cases.append(_case(kind, name, None, "a reader needs files: give them with settings="))
            continue
        cases.extend(_case(kind, name, rule, skip.get(name, {}).get(rule.name)) for rule in rules(kind))

    @pytest.mark.parametrize(("kind", "name", "rule"), cases)
    def test_conformance(kind: Kind, name: str, rule: Any) -> None:
        try:
            rule(on_trial(kind, name))
        except NotApplicableError as reason:
            pytest.skip(str(reason))
        except ConformanceError as error:
            if error.__cause__ is not None:  # something was raised inside the plugin: its traceback tells where
                raise
            pytest.fail(str(error), pytrace=False)

    return test_conformance


def _case(kind: Kind, name: str, rule: Any, reason: str | None) -> Any:
    marks = () if reason is None else (pytest.mark.skip(reason=reason),)
    return pytest.param(kind, name, rule, id=f"{kind}-{name}-{'files' if rule is None else rule.name}", marks=marks)


def _no_strangers(plugin: str, names: list[str], given: Mapping[str, Any]) -> None:
    for name in given:
        if name not in names:
            raise UsageError(unknown(f"thing of plugin {plugin!r}:", name, names))


def _failing(plugin: str, reason: str) -> Callable[..., None]:
    @pytest.mark.parametrize("name", [plugin])
    def test_conformance(name: str) -> None:
        pytest.fail(f"plugin {name!r}: {reason}", pytrace=False)

    return test_conformance
