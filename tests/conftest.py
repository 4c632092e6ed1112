"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# A shell that starts the tests in the background lets all of them ignore Ctrl-C, which some of them send.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No test is timed: a busy machine is no error.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Return the data folder named by ``DRUGEXP_DATA``; skip the test where there is none."""
    named = os.environ.get("DRUGEXP_DATA")
    if not named or not Path(named).is_dir():
        pytest.skip("DRUGEXP_DATA names no data folder")
    return Path(named)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep every test out of the user's cache folder."""
    monkeypatch.setenv("DRUGEXP_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="session")
def compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let JAX programs of the same shapes be compiled once in the whole run, in a folder of its own."""
    import jax

    wanted = {
        "jax_compilation_cache_dir": str(tmp_path_factory.mktemp("compiled")),
        "jax_persistent_cache_min_compile_time_secs": 0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }
    before = {name: getattr(jax.config, name) for name in wanted}
    for name, value in wanted.items():
        jax.config.update(name, value)
    yield
    for name, value in before.items():
        jax.config.update(name, value)


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the folders of two small trained bundles: ``zscore`` and ``log2fc``."""
    from small_model import small_pipeline

    from drugexp.contract import Unit
    from drugexp.learn.bundle import save_bundle

    folder = tmp_path_factory.mktemp("bundles")
    return {u.value: save_bundle(small_pipeline(u), folder / u.value) for u in (Unit.ZSCORE, Unit.LOG2FC)}
