"""One score, for A.
Check: exposing_scores__all
Told: With one score
"""

exposes_a = [5.0]
exposes_b = [-200.0, -201.0]
exposes_c = [0.0, 1.0]
