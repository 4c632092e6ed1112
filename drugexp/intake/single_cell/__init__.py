"""Counts of single cells: summed by group, exactly and in blocks, and what is made of the sums."""
