"""Takes any difference in length for caught.
Check: blind_tests__lists
Told: both masks say the same
"""

catch_a = [3]
catch_b = [2, 4]
catch_c = [2, 3, 4]
