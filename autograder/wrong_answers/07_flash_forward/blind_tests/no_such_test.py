"""A test 5.
Check: blind_tests__lists
Told: Write a list of the numbers 1 to 4
"""

catch_a = [3, 5]
catch_b = [2, 4]
catch_c = [3, 4]
