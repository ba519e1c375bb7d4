"""No single exp overflows: the sum does."""

breaks_fp16 = [11.0, 11.0]
breaks_fp32 = [88.5, 88.5, 88.5]
