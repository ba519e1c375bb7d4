"""Test 1 catches a forgotten tl.where.
Check: blind_tests__lists
Told: every one of the masks is true there
"""

catch_a = [1, 3]
catch_b = [2, 4]
catch_c = [3, 4]
