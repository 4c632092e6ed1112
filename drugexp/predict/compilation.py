"""Keeps what XLA compiled in the user's cache folder, so that the second start is quick."""

from __future__ import annotations

import jax

from drugexp.places import cache_folder


def use_persistent_cache() -> None:
    """Turn JAX's persistent compilation cache on for programs of any size, unless its folder cannot be written."""
    folder = cache_folder() / "xla"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
