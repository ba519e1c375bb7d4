"""A number instead of a list.
Check: blind_tests__lists
Told: Write a list of the numbers 1 to 4
"""

catch_a = 3
catch_b = [2, 4]
catch_c = [3, 4]
