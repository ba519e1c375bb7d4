"""Computed."""

cache_mha = 2 * 32 * 8192 * 128 * 2
cache_gqa, cache_mqa = cache_mha // 4, cache_mha / 32
tiles_ratio = 1.0
flops_per_byte = 4 * 4 * 8192 * 128 / (2 * 8192 * 128 * 2)
