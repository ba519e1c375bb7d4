"""Forgets the name from inside the loop.
Check: refused__letters
Told: it would not exist if n were 0
"""

refused = ["b", "c", "e"]
