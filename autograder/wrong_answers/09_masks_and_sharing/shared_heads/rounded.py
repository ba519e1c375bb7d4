"""The cache rounded to three digits.
Check: shared_heads__numbers
Told: A number of bytes is exact
"""

cache_mha = 1.34e8
cache_gqa = 33554432
cache_mqa = 4194304
tiles_ratio = 1
flops_per_byte = 4
