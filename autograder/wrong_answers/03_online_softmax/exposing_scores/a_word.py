"""A word.
Check: exposing_scores__all
Told: Write a list of numbers
"""

exposes_a = "rising"
exposes_b = [-200.0, -201.0]
exposes_c = [0.0, 1.0]
