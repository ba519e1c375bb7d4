"""A quarter of the tiles.
Check: shared_heads__numbers
Told: nothing is skipped
"""

# bytes of K and V together: 32 heads, then groups of 4, then MQA
cache_mha = 134217728
cache_gqa = 33554432
cache_mqa = 4194304

# prefill: tiles of K that your kernel loads with a group of 4, over those with a group of 1
tiles_ratio = 0.25

# decoding, a group of 4, every byte of K and V read once: operations for each of those bytes
flops_per_byte = 4
