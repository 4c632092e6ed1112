"""Turns measured numbers into comparable ones: arrays in, arrays out."""
