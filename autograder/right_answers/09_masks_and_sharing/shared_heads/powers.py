"""Powers of two."""

cache_mha = 2**27
cache_gqa = 2**25
cache_mqa = np.int64(1) << 22
tiles_ratio = np.float32(1)
flops_per_byte = 4
