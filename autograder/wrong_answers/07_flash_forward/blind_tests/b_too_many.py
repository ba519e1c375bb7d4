"""Takes too many tiles for a mistake.
Check: blind_tests__lists
Told: cover all keys there
"""

catch_a = [3]
catch_b = [2, 3, 4]
catch_c = [3, 4]
