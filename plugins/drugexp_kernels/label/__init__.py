"""The label kernel, and the student that imitates any model with one fingerprint."""
