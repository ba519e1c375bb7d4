"""A score above the limit.
Told: The limit is 12
"""

breaks_fp16 = [1000.0]
breaks_fp32 = [89.0]
