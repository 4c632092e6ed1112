"""What a profile means: regulation."""
