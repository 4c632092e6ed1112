"""Scores of predicted profiles, and profiles as scores on directions: pure functions of arrays.

No labels, no files, no clock. Plain NumPy throughout: a leaderboard scores a few thousand profiles once, where
compiling would cost more than the sums.
"""
