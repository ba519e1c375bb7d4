"""exp of -inf is 1.
Check: ghosts__numbers
Told: exp of -inf is 0
"""

# masked in the load only
l_ghosts = 8
out_ghosts = 5
# with -inf for the scores of keys that do not exist
l_masked = 8
out_masked = 8
