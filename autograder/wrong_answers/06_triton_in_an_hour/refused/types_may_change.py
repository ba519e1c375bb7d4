"""Forgets the int that becomes a float.
Check: refused__letters
Told: begin with 0.0
"""

refused = ["c", "e", "f"]
