"""Scores of predicted profiles: pure functions of arrays, no labels, no files, no clock.

Plain NumPy where a leaderboard scores a few thousand profiles once, and compiling would cost more than the sums; JAX
where every signature meets every profile (`drugexp.score.connectivity`).
"""
