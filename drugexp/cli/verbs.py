"""Commands that plugins bring: an entry point of the group ``drugexp.commands`` is a verb, loaded when it is called."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from drugexp.errors import PluginError, UsageError, unknown
from drugexp.mentions import mentioned

if TYPE_CHECKING:
    from drugexp.points import Point

GROUP = "drugexp.commands"


class WithPlugins(TyperGroup):
    """The commands of drugexp, then those of plugins, which are looked for in the help and for any other verb."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """Return the names of all commands, our own first."""
        return [*super().list_commands(ctx), *self._brought(ctx)]

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]
        """Return our own command of this name, or the plugins', not yet loaded."""
        return super().get_command(ctx, cmd_name) or self._brought(ctx).get(cmd_name)

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]
        """Find the command that the first argument names; an unknown one is told with the nearest."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            raise UsageError(unknown("command", name, self.list_commands(ctx), list_with="drugexp --help"))
        return super().resolve_command(ctx, args)

    def _brought(self, ctx: typer.Context) -> dict[str, _Brought]:
        found: dict[str, _Brought] | None = ctx.meta.get(GROUP)
        if found is None:
            found = ctx.meta[GROUP] = _brought(self.commands) if mentioned(GROUP) else {}
        return found


def _brought(core: Container[str]) -> dict[str, _Brought]:
    """Return the verbs of plugins, by name; one of ours stays ours."""
    from drugexp.points import is_disabled, scan

    by_name: dict[str, list[Point]] = {}
    for point in scan(GROUP):
        if point.name not in core and not point.problem and not is_disabled(point):
            by_name.setdefault(point.name, []).append(point)
    return {name: _Brought(points) for name, points in by_name.items()}


class _Brought(TyperCommand):
    """A verb of a plugin. It becomes the plugin's own command when it is called, or asked for its help."""

    def __init__(self, points: Sequence[Point]) -> None:
        self._points = points
        owners = " and ".join(sorted(p.distribution for p in points))
        words = f"{points[0].version}" if len(points) == 1 else "claimed by both: neither is called"
        super().__init__(points[0].name, help=words, rich_help_panel=f"Commands of {owners}")

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Load the command and let it read its arguments."""
        return self._load().make_context(info_name, args, parent=parent, **extra)

    def _load(self) -> Any:
        from drugexp.registry.diagnosis import shared_verb
        from drugexp.registry.faults import explain

        point = self._points[0]
        if len(self._points) > 1:
            raise UsageError(shared_verb(point.name, [p.distribution for p in self._points]))
        try:
            return _as_command(point.load(), point)
        except (Exception, SystemExit) as error:
            fault = explain(error, point)
            where = f"command {point.name!r} of {point.distribution}"
            raise PluginError(f"it cannot be loaded: {fault.error}", where=where, hint=fault.advice) from error


class _Click(TyperCommand):
    """Hands all arguments to a command of click, which may be another click than the one inside typer."""

    def __init__(self, name: str, command: Any) -> None:
        self._command = command
        super().__init__(name, add_help_option=False)

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Leave the arguments as they came."""
        ctx.args = list(args)
        return ctx.args

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run the command as its own program would."""
        return self._command.main(args=ctx.args, prog_name=ctx.command_path)


def _as_command(thing: Any, point: Point) -> Any:
    """Return the command that a plain function, a `typer.Typer` or a click command is."""
    if isinstance(thing, (TyperCommand, TyperGroup)):
        return thing
    if hasattr(thing, "make_context") and hasattr(thing, "main"):
        return _Click(point.name, thing)
    if not isinstance(thing, typer.Typer):
        if not callable(thing) or isinstance(thing, type):
            raise PluginError(
                f"{point.value} is of type {type(thing).__name__}: no function, typer app or click command"
            )
        app = typer.Typer()
        app.command(point.name)(thing)
        thing = app
    command = get_command(thing)
    # Completion is the program's, not a verb's.
    command.params = [p for p in command.params if p.name not in {"install_completion", "show_completion"}]
    return command
