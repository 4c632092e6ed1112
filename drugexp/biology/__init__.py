"""What profiles mean: pure functions on arrays, one topic a folder."""
