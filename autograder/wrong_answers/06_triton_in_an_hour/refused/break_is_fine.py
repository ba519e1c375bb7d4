"""Forgets break.
Check: refused__letters
Told: a loop cannot stop early
"""

refused = ["b", "c", "f"]
