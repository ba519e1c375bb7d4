"""Misses the ragged case.
Check: blind_tests__lists
Told: some keys are never seen
"""

catch_a = [3]
catch_b = [2]
catch_c = [3, 4]
