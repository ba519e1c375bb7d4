"""Hardly a rise, for C.
Check: exposing_scores__all
Told: too little weight
"""

exposes_a = [0.0, 1.0]
exposes_b = [-200.0, -201.0]
exposes_c = [1.0, 1.001, 0.5]
