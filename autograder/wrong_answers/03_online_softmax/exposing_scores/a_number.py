"""A number for a list.
Check: exposing_scores__all
Told: Write a list of 1 to 6 numbers
"""

exposes_a = 1.0
exposes_b = [-200.0, -201.0]
exposes_c = [0.0, 1.0]
