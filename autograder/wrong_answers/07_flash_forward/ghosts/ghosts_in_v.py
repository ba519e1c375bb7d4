"""Ghosts have a row of V.
Check: ghosts__numbers
Told: A ghost's row of V is zeros
"""

# masked in the load only
l_ghosts = 8
out_ghosts = 64
# with -inf for the scores of keys that do not exist
l_masked = 5
out_masked = 8
