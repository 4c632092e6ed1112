"""Plugins as real little distributions: a module, and a `.dist-info` folder beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from drugexp.contract.hooks import API_VERSION

HEAD = f'from drugexp.contract.hooks import hookimpl\n\napi_version = "{API_VERSION}"\n\n\n'


def brings(name: str, target: str = "json:dumps", *, kind: str = "model", more: str = "") -> str:
    """Return the source of a plugin that registers one thing."""
    return f"{HEAD}@hookimpl\ndef drugexp_register_{kind}s(register):\n    register({name!r}, {target!r}{more})\n"


def install(
    site: Path,
    name: str,
    source: str | None,
    *,
    value: str | None = None,
    distribution: str | None = None,
    version: str = "1.2",
    group: str = "drugexp",
    requires: str = "",
    entry_points: str | None = None,
) -> None:
    """Write a distribution with one module (none, if `source` is None) and one entry point into a folder."""
    module = name.replace("-", "_") + "_plugin"
    if source is not None:
        (site / f"{module}.py").write_text(source)
    distribution = distribution or f"{name}-dist"
    info = site / f"{distribution.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    lines = ["Metadata-Version: 2.4", f"Name: {distribution}", f"Version: {version}", "License-Expression: MIT"]
    (info / "METADATA").write_text("\n".join([*lines, *([f"Requires-Dist: {requires}"] if requires else [])]) + "\n")
    (info / "entry_points.txt").write_text(entry_points or f"[{group}]\n{name} = {value or module}\n")


def run(
    site: Path, cache: Path, *arguments: str, code: str | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run `drugexp`, or code, in a process of its own that sees the distributions of a folder."""
    environment = {**os.environ, "PYTHONPATH": str(site), "DRUGEXP_CACHE": str(cache), "COLUMNS": "200", **variables}
    command = [sys.executable, *(("-c", code) if code else ("-m", "drugexp")), *arguments]
    return subprocess.run(command, env=environment, cwd=cache, capture_output=True, text=True, check=False)  # noqa: S603


@dataclass(frozen=True)
class Broken:
    """A way to be broken: the module, and what the user must be told."""

    source: str | None
    error: str
    advice: str = "DRUGEXP_DISABLE_PLUGINS="
    value: str | None = None
    requires: str = ""
    entry_points: str | None = None


BROKEN = {
    "no-module": Broken(None, "No module named 'no_module_plugin'", "pip install --force-reinstall no-module-dist"),
    "syntax": Broken("def (", "SyntaxError: ", "Tell the authors of syntax-dist"),
    "dependency": Broken(
        "import absent_dep.part",
        "ModuleNotFoundError: No module named 'absent_dep' (",
        "pip install 'dependency-dist[deep]'",
        requires="Absent.Dep>=2; extra == 'deep'",
    ),
    "raises": Broken("x = 1\n1 / 0", "ZeroDivisionError: division by zero (site/raises_plugin.py, line 2)"),
    "leaves": Broken("import sys\nsys.exit(3)", "it calls sys.exit(3) while it is loaded"),
    "vanishes": Broken("import os\nos._exit(3)", "it ends the process that loads it (exit code 3)"),
    "aborts": Broken("import os\nos.abort()", "it ends the process that loads it (SIGABRT)"),
    "interrupts": Broken("raise KeyboardInterrupt", "it ends the process that loads it"),
    "hangs": Broken("import time\ntime.sleep(600)", "it does not finish loading in 4 s", "DRUGEXP_PLUGIN_TIMEOUT=120"),
    "other-major": Broken("api_version = '9.0'", "was written for plugin API 9.0", "pip install --upgrade drugexp"),
    "older": Broken("api_version = '0.0'", "written for plugin API 0.0", "pip install --upgrade older-dist"),
    "no-version": Broken("", "states no api_version", f'api_version = "{API_VERSION}"'),
    "misspelt": Broken(
        brings("a", kind="modle"), "unknown hook 'drugexp_register_modles'; nearest: drugexp_register_mo"
    ),
    "unmarked": Broken(brings("a").replace("@hookimpl", ""), "lacks its marker", "Write @hookimpl"),
    "half": Broken(brings("a") + "    raise RuntimeError('half-way')\n", "RuntimeError: half-way"),
    "twice": Broken(brings("a") + "    register('a', 'json:loads')\n", "'a' is registered twice by one plugin"),
    "odd-target": Broken(brings("a", "json.dumps"), "'json.dumps' is not of the form 'package.module:attribute'"),
    "odd-value": Broken("", "names '3 little pigs', which is no module", value="3 little pigs"),
    "shadowed": Broken(
        None, "ImportError: the parent is broken (broken_parent/__init__.py, line 1)", value="broken_parent.p"
    ),
    "damaged": Broken(
        None,
        "its entry_points.txt cannot be read",
        "Install damaged-dist again",
        entry_points="[drugexp]\nno equals sign\n",
    ),
}
"""Entry point -> how it is broken. The one called `damaged` is told under the name of its distribution."""


def install_all_broken(site: Path) -> None:
    """Write every broken distribution into one folder."""
    for name, broken in BROKEN.items():
        install(
            site,
            name,
            broken.source,
            value=broken.value,
            requires=broken.requires,
            entry_points=broken.entry_points,
        )
    parent = site / "broken_parent"
    parent.mkdir()
    (parent / "__init__.py").write_text("raise ImportError('the parent is broken')")
    (parent / "p.py").write_text(brings("a"))
