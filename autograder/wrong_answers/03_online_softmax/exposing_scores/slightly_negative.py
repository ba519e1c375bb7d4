"""Not far enough below 0, for B.
Check: exposing_scores__all
Told: until exp rounds to 0
"""

exposes_a = [0.0, 1.0]
exposes_b = [-3.0, -2.0]
exposes_c = [0.0, 1.0]
