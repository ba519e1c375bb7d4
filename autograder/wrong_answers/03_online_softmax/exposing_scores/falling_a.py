"""Scores that fall, for A.
Check: exposing_scores__all
Told: The maximum never moves
"""

exposes_a = [2.0, 1.0, 0.0]
exposes_b = [-200.0, -201.0]
exposes_c = [0.0, 1.0]
