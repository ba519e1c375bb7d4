"""exp(88) still fits float32.
Told: sum of exp(breaks_fp32)
"""

breaks_fp16 = [12.0]
breaks_fp32 = [88.0, 0.0]
