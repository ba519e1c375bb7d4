"""acc, not the output.
Check: ghosts__numbers
Told: Divide by l
"""

# masked in the load only
l_ghosts = 8
out_ghosts = 5
# with -inf for the scores of keys that do not exist
l_masked = 5
out_masked = 40
