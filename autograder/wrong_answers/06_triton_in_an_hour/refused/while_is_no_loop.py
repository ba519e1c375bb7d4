"""Takes `while` for refused.
Check: refused__letters
Told: the compiler takes sum_a
"""

refused = ["a", "b", "c", "e", "f"]
