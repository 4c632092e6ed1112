"""Factors of all blocks, each switched on or off for each block."""
