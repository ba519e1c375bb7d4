"""The ghosts alone.
Check: ghosts__numbers
Told: Five real keys, and three ghosts
"""

# masked in the load only
l_ghosts = 3
out_ghosts = 5
# with -inf for the scores of keys that do not exist
l_masked = 5
out_masked = 8
