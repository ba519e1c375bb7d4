"""Sees the hole, not the access outside.
Check: blind_tests__lists
Told: in test 4 rows 20 to 31 do not exist
"""

catch_a = [3]
catch_b = [2, 4]
catch_c = [3]
