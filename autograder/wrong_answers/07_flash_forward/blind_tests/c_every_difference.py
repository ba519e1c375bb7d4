"""Takes any difference in length for caught.
Check: blind_tests__lists
Told: In test 2 no tile reaches past row 31
"""

catch_a = [3]
catch_b = [2, 4]
catch_c = [2, 3, 4]
