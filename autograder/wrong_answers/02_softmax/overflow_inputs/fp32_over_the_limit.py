"""A float32 score above the limit.
Told: The limit is 90
"""

breaks_fp16 = [12.0]
breaks_fp32 = [100.0]
