"""exp(11) still fits float16.
Told: which is finite
"""

breaks_fp16 = [11.0, 0.0]
breaks_fp32 = [89.0]
