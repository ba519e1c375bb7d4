"""Scores above 0, for B.
Check: exposing_scores__all
Told: A score above 0 was seen
"""

exposes_a = [0.0, 1.0]
exposes_b = [-200.0, 1.0]
exposes_c = [0.0, 1.0]
