"""Computes with the learner's functions and the card."""

one_block_share = card("A100").shared_bytes_per_block / (108 * 192 * 1024)
growth = flash_traffic_bytes(32_768, 32_768, 64, 128, 64, 2, "q", 0) / flash_traffic_bytes(
    16_384, 16_384, 64, 128, 64, 2, "q", 0
)
longest_n_in_l2 = card("A100").l2_bytes / 512
