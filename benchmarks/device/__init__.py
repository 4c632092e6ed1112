"""What `gpu.py` measures, one thing a file."""
