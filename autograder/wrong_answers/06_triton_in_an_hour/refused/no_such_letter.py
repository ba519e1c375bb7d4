"""A letter too far.
Check: refused__letters
Told: there is no kernel sum_g
"""

refused = ["b", "c", "e", "f", "g"]
