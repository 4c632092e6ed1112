"""Runs the command line as a person would, in this process."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from drugexp.cli.app import main


@dataclass(frozen=True)
class Run:
    """What came of a command."""

    code: int
    out: str
    err: str


Cli = Callable[..., Run]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, tmp_path: Path) -> Cli:
    """Run `drugexp` with arguments in a folder of its own; no command may ever show a traceback."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, stdin: str | bytes = "") -> Run:
        content = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "argv", ["drugexp", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as left:
            code = int(left.code or 0)
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Run(code, out, err)

    return run


@pytest.fixture
def predict(cli: Cli, bundles: dict[str, Path]) -> Cli:
    """Run `drugexp predict` with the small model, or the one named by `unit`."""

    def run(*arguments: object, unit: str = "zscore", stdin: str | bytes = "") -> Run:
        return cli("predict", *arguments, "--model", bundles[unit], stdin=stdin)

    return run
