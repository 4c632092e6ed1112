"""From compounds and cells to arrays, once for each, kept on disk."""
