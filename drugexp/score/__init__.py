"""Scores of predicted profiles: pure functions of arrays, no labels, no files, no clock.

Plain NumPy throughout: a leaderboard scores a few thousand profiles once, where
compiling would cost more than the sums.
"""
