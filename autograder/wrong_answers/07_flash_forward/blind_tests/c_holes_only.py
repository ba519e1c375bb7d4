"""Sees the hole, not the access outside.
Check: blind_tests__lists
Told: let through are an access outside
"""

catch_a = [3]
catch_b = [2, 4]
catch_c = [3]
