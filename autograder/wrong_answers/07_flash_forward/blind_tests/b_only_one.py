"""Misses the ragged case.
Check: blind_tests__lists
Told: few do: 2 of 3 in test 2
"""

catch_a = [3]
catch_b = [2]
catch_c = [3, 4]
