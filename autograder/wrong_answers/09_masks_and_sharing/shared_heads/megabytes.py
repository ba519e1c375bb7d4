"""The cache in megabytes.
Check: shared_heads__numbers
Told: in bytes
"""

cache_mha = 134.2
cache_gqa = 33554432
cache_mqa = 4194304
tiles_ratio = 1
flops_per_byte = 4
