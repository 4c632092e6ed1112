"""What `benchmarks/screen.py` measures, a file for each table."""
