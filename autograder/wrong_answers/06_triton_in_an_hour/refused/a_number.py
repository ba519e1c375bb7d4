"""How many instead of which.
Check: refused__letters
Told: refused is no list of letters
"""

refused = 4
