"""Takes `if` on a number for refused.
Check: refused__letters
Told: an `if` may ask a single number
"""

refused = ["b", "c", "d", "e", "f"]
