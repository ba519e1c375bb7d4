"""The output is right all the same.
Check: ghosts__numbers
Told: acc is 40, from the real keys alone
"""

# masked in the load only
l_ghosts = 8
out_ghosts = 8
# with -inf for the scores of keys that do not exist
l_masked = 5
out_masked = 8
