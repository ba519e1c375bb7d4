"""Looks at the tail of the queries.
Check: blind_tests__lists
Told: BLOCK_N divides seqlen_k, and the ghosts of queries
"""

catch_a = [4]
catch_b = [2, 4]
catch_c = [3, 4]
