"""Looks at the tail of the queries.
Check: blind_tests__lists
Told: 64 and 48 are whole, 20 not
"""

catch_a = [4]
catch_b = [2, 4]
catch_c = [3, 4]
