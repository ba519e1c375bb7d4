"""Lanes that are off do nothing.
Check: ghosts__numbers
Told: Three ghosts with the score 0
"""

# masked in the load only
l_ghosts = 5
out_ghosts = 5
# with -inf for the scores of keys that do not exist
l_masked = 5
out_masked = 8
