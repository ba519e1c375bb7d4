"""Below the limit, for B.
Check: exposing_scores__all
Told: Stay between -300 and 300
"""

exposes_a = [0.0, 1.0]
exposes_b = [-400.0, -401.0]
exposes_c = [0.0, 1.0]
