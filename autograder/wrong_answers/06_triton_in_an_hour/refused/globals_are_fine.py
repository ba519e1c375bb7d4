"""Forgets the global.
Check: refused__letters
Told: STEP is a plain global
"""

refused = ["b", "e", "f"]
