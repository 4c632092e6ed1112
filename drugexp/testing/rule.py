"""What a rule is, and how one that is broken is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from drugexp.errors import DrugexpError, PluginError
from drugexp.learn.precision import full_precision


class ConformanceError(PluginError):
    """A plugin that breaks a rule: the thing, the rule, what came and what was expected."""


class NotApplicableError(Exception):
    """A rule that has nothing to say about a thing, and why."""


@dataclass(frozen=True)
class Rule:
    """One thing that is promised of every plugin of a kind.

    Attributes
    ----------
    name
        Short, with hyphens.
    summary
        What is expected, as one sentence.
    check
        ``check(trial)`` raises `ConformanceError` where the rule is broken.
    """

    name: str
    summary: str
    check: Callable[[Any], None]

    def __call__(self, trial: Any) -> None:
        """Hold a thing on trial to the rule.

        Raises
        ------
        ConformanceError
            Naming the thing and the rule, whatever went wrong.
        NotApplicableError
            If the rule has nothing to say about it.
        """
        try:
            with full_precision():  # as the platform does
                self.check(trial)
        except NotApplicableError:
            raise
        except ConformanceError as error:
            raise self._broken(trial, error.message) from error.__cause__
        except DrugexpError as error:
            raise self._broken(trial, f"it refuses what it should take: {error}") from error
        except (Exception, SystemExit) as error:
            raise self._broken(trial, f"{type(error).__name__}: {error}") from error

    def _broken(self, trial: Any, what: str) -> ConformanceError:
        return ConformanceError(what, where=f"{trial.title}, rule {self.name!r}", hint=f"Expected: {self.summary}")


def listed(*checks: Callable[[Any], None]) -> tuple[Rule, ...]:
    """Return functions as rules: the name is the function's, the summary the first line of its text."""
    return tuple(
        Rule(check.__name__.replace("_", "-"), (check.__doc__ or "").strip().splitlines()[0], check) for check in checks
    )


def expect(holds: bool, message: str) -> None:
    """Raise `ConformanceError` with the message unless the condition holds."""
    if not holds:
        raise ConformanceError(message)
